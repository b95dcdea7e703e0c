/** The image in which a component's Jobs run. */
export interface JobsArgs {
  /**
   * Image built from `images/jobs`. A change runs the Jobs again.
   * @default the image of this package's version
   */
  image?: string;
  /** `Always`, `IfNotPresent` or `Never`. @default "IfNotPresent" */
  imagePullPolicy?: string;
}
