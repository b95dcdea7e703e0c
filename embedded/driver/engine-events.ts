import type { EngineEvent, OpMap } from "@pulumi/pulumi/automation";

/** What an update changed, in words. */
export function changeSummary(changes: OpMap | undefined): string {
  const words: Partial<Record<keyof OpMap, string>> = {
    create: "created",
    update: "updated",
    delete: "deleted",
    replace: "replaced",
    import: "imported",
    refresh: "refreshed",
  };
  const parts = Object.entries(changes ?? {})
    .filter(([operation, count]) => operation !== "same" && operation !== "read" && (count ?? 0) > 0)
    .map(([operation, count]) => `${count} ${words[operation as keyof OpMap] ?? operation}`);
  return parts.length === 0 ? "no changes" : parts.join(", ");
}

const kindOf = (type: string): string => type.slice(type.lastIndexOf(":") + 1);
const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

interface InFlight {
  readonly label: string;
  status: string;
}

/** Follows the engine's events: what is in flight, what went wrong, what changed. */
export class UpdateWatch {
  /** Error and warning messages of the run, in order, each once. */
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
  changes: OpMap | undefined;
  private done = 0;
  private unchanged = 0;
  private readonly inFlight = new Map<string, InFlight>();

  /** @param say receives what is being awaited, whenever that changes */
  constructor(private readonly say: (awaited: string) => void) {}

  onEvent(event: EngineEvent): void {
    const { resourcePreEvent: began, resOutputsEvent: ended, resOpFailedEvent: failed } = event;
    // A component is done when its children are; those are worth telling.
    if (began && (began.metadata.new?.custom || began.metadata.old?.custom)) {
      this.began(began.metadata.urn, began.metadata.type, began.metadata.op);
    }
    if (ended) this.ended(ended.metadata.urn);
    if (failed) this.ended(failed.metadata.urn);
    if (event.diagnosticEvent) this.diagnosed(event.diagnosticEvent);
    if (event.summaryEvent) this.changes = event.summaryEvent.resourceChanges;
  }

  private began(urn: string, type: string, operation: string): void {
    if (type === "pulumi:pulumi:Stack") return;
    if (operation === "same") {
      this.unchanged += 1;
      this.tell();
      return;
    }
    this.inFlight.set(urn, { label: `${kindOf(type)} ${nameOf(urn)} (${operation})`, status: "" });
    this.tell();
  }

  private ended(urn: string): void {
    if (!this.inFlight.delete(urn)) return;
    this.done += 1;
    this.tell();
  }

  private diagnosed(event: NonNullable<EngineEvent["diagnosticEvent"]>): void {
    const message = withoutColour(event.message).trim();
    const about = event.urn === undefined ? undefined : this.inFlight.get(event.urn);
    if (event.ephemeral) {
      if (about && message !== "") about.status = message.split("\n")[0] ?? "";
      this.tell();
      return;
    }
    const subject = event.urn ? `${kindOf(event.urn.split("::")[2] ?? "")} ${nameOf(event.urn)}: ` : "";
    const list =
      event.severity === "error" ? this.errors : event.severity === "warning" ? this.warnings : undefined;
    if (message !== "" && !list?.includes(subject + message)) list?.push(subject + message);
  }

  private tell(): void {
    const waiting = [...this.inFlight.values()].map(({ label, status }) =>
      status ? `${label}: ${status}` : label,
    );
    const shown = waiting.slice(0, 3).join(", ");
    const more = waiting.length > 3 ? ` and ${waiting.length - 3} more` : "";
    this.say(`${shown || "the engine"}${more} (${this.done} done, ${this.unchanged} unchanged)`);
  }
}

/** The engine marks colours up as `<{%fg 1%}>`. */
function withoutColour(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "");
}
