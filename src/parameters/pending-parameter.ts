/** A parameter whose value in the arguments is not in effect yet. */
export interface PendingParameter {
  name: string;
  /** The value in effect; absent when that is the default. */
  value?: string;
  /** The value asked for; absent when the default is. */
  desired?: string;
  /** Why it waits although it is due. */
  reason?: string;
}
