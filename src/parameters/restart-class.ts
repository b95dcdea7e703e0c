import { loadCatalogue } from "./catalogue";
import { ParameterCategory, type ParameterDefinition } from "./definition";
import type { RestartClass, ValueForm } from "./held-parameters";

/**
 * What a Job has to know of a major to hold back what restarts; about 6 kB as JSON.
 * @param preloaded libraries that are preloaded by argument
 */
export function restartClass(major: number, preloaded: readonly string[] = []): RestartClass {
  const { definitions, extensions } = loadCatalogue(major);
  const all = [...definitions, ...extensions];
  const restarting = all.filter(([, { category }]) => category === ParameterCategory.Restart);
  const owned = all.filter(([, { ownedByOperator }]) => ownedByOperator !== undefined);
  return {
    parameters: Object.fromEntries(restarting.map(([name, definition]) => [name, valueForm(definition)])),
    operatorDefaults: Object.fromEntries(all.flatMap(operatorDefault)),
    operatorOwned: owned.map(([name]) => name),
    preloaded: [...preloaded],
  };
}

function operatorDefault([name, definition]: [string, ParameterDefinition]): [string, string][] {
  const value = definition.ownedByOperator === undefined ? definition.operatorDefault : undefined;
  return value === undefined ? [] : [[name, value]];
}

function valueForm({ type, unit, values, hiddenValues, default: usual }: ParameterDefinition): ValueForm {
  return {
    type,
    ...(unit === undefined ? {} : { unit }),
    ...(values === undefined ? {} : { values }),
    ...(hiddenValues === undefined ? {} : { hiddenValues }),
    ...(usual === undefined ? {} : { default: usual }),
  };
}
