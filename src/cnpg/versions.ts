/** What runs with what: the version matrix, the images that carry the versions, the extensions the images carry. */
export * from "./matrix";
export * from "./images";
export * from "./extensions";
