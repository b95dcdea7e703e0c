import type { ObjectMeta } from "./object";

/** Images by major: `kind: ImageCatalog` (or, without namespace, `ClusterImageCatalog`) of `postgresql.cnpg.io/v1`. */
export interface ImageCatalogObject {
  apiVersion?: "postgresql.cnpg.io/v1";
  kind?: "ImageCatalog" | "ClusterImageCatalog";
  metadata: ObjectMeta;
  spec?: ImageCatalogSpec;
}

export interface ImageCatalogSpec {
  /** 1 to 8 entries with unique majors. A change rolls every Cluster that uses the entry. */
  images: CatalogImage[];
  /** Images of other components, for example PgBouncer; at most 32, unique keys. */
  componentImages?: { key: string; image: string }[];
}

export interface CatalogImage {
  /** At least 10. */
  major: number;
  image: string;
  extensions?: ExtensionImage[];
}

/** An extension mounted into the pods as an image volume. Needs PostgreSQL 18+ and Kubernetes 1.35+. */
export interface ExtensionImage {
  /** At most 59 characters, unique. */
  name: string;
  /** Required on a Cluster without catalog. */
  image?: { reference?: string; pullPolicy?: string };
  /** Relative to the image. @default ["share"] */
  extension_control_path?: string[];
  /** Relative to the image. @default ["lib"] */
  dynamic_library_path?: string[];
  ld_library_path?: string[];
  bin_path?: string[];
  /** Not PATH or LD_LIBRARY_PATH. */
  env?: { name: string; value: string }[];
}
