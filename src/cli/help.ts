/** Examples at the end of a help. @param lines without the name of the command */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map(line => `  pulumi-cnpg ${line}`).join("\n")}`;
}

/** The option of every verb. */
export interface JsonOption {
  json?: boolean;
}
