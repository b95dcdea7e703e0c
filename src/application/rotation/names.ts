/** CronJob that rotates the login of a link, also the template of rotations on demand; in the namespace of the instance. */
export function rotationName(link: string): string {
  return `${link}-rotate`;
}

/** The link of such a CronJob; undefined for others. */
export function linkOfRotation(cronJob: string): string | undefined {
  const suffix = rotationName("");
  return cronJob.endsWith(suffix) && cronJob !== suffix ? cronJob.slice(0, -suffix.length) : undefined;
}
