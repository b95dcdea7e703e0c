import fc from "fast-check";

/** One item of a field as data, so that a test needs no parser to know what it means. */
interface Item {
  /** None is a star. */
  from?: number;
  to?: number;
  step?: number;
}

/** A field as text and as what it means. */
export interface RandomField {
  text: string;
  matches(value: number): boolean;
  starred: boolean;
}

export interface RandomSchedule {
  second: RandomField;
  minute: RandomField;
  hour: RandomField;
  day: RandomField;
  month: RandomField;
  weekday: RandomField;
  /** Six fields. */
  text: string;
}

function item(min: number, max: number): fc.Arbitrary<Item> {
  const value = fc.integer({ min, max });
  return fc.oneof(
    value.map(from => ({ from, to: from })),
    fc.tuple(value, value).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
    fc.integer({ min: 1, max: max - min }).map(step => ({ step })),
    fc
      .tuple(value, value, fc.integer({ min: 1, max: max - min }))
      .map(([a, b, step]) => ({ from: Math.min(a, b), to: Math.max(a, b), step })),
    fc.tuple(value, fc.integer({ min: 2, max: max - min })).map(([from, step]) => ({ from, step })),
  );
}

function field(min: number, max: number, mostlyFree: boolean): fc.Arbitrary<RandomField> {
  const free = fc
    .constantFrom("*", "?")
    .map((text): RandomField => ({ text, matches: () => true, starred: true }));
  const items = fc.array(item(min, max), { minLength: 1, maxLength: 3 }).map(list => fieldOf(list, min, max));
  return mostlyFree ? fc.oneof({ weight: 2, arbitrary: free }, { weight: 1, arbitrary: items }) : items;
}

function fieldOf(items: Item[], min: number, max: number): RandomField {
  return {
    text: items.map(written).join(","),
    starred: items.some(({ from }) => from === undefined),
    matches: value =>
      items.some(
        ({ from = min, to = max, step = 1 }) => value >= from && value <= to && (value - from) % step === 0,
      ),
  };
}

function written({ from, to, step }: Item): string {
  const range = from === undefined ? "*" : to === undefined || to === from ? String(from) : `${from}-${to}`;
  // Without a "to", a number with a step goes on to the end; with one, the range is written in full.
  const full = from !== undefined && to === from && step !== undefined ? `${from}-${from}` : range;
  return step === undefined ? range : `${full}/${step}`;
}

export function randomSchedule(seconds: boolean): fc.Arbitrary<RandomSchedule> {
  const zero: RandomField = { text: "0", matches: value => value === 0, starred: false };
  return fc
    .record({
      second: seconds ? field(0, 59, false) : fc.constant(zero),
      minute: field(0, 59, false),
      hour: field(0, 23, true),
      day: field(1, 31, true),
      month: field(1, 12, true),
      weekday: field(0, 6, true),
    })
    .map(fields => {
      const { second, minute, hour, day, month, weekday } = fields;
      const text = [second, minute, hour, day, month, weekday].map(f => f.text).join(" ");
      return { ...fields, text };
    });
}

/** Whether days match as CloudNativePG reads them: both fields when one has a star, else either. */
export function dayMatches({ day, month, weekday }: RandomSchedule, date: Date): boolean {
  if (!month.matches(date.getUTCMonth() + 1)) return false;
  const [byDate, byName] = [day.matches(date.getUTCDate()), weekday.matches(date.getUTCDay())];
  return day.starred || weekday.starred ? byDate && byName : byDate || byName;
}
