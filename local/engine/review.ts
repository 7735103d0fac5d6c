import type { ChangeCounts, PolicyReport, ResourceRow } from "./report.ts";

/** What a run would do, as a reviewer reads it. */
export interface Plan {
  readonly resources: readonly ResourceRow[];
  readonly gone: readonly ResourceRow[];
  /** By URN; what is not named stays as it is. */
  readonly steps: ReadonlyMap<string, keyof ChangeCounts>;
}

const KINDS = ["create", "update", "replace", "delete", "same"] as const;
const MOST_NAMES = 10;
/** The largest component by far is shown by its own ones. */
const SPLIT = "securevpn:kubernetes:Platform";
const REGION = "securevpn:region:Region";

/** Who may do what, and what reaches what. */
const ACCESS =
  /^aws:(iam|vpc)\/|^aws:ec2\/(securityGroup|networkAcl|defaultSecurityGroup|route:)|^aws:eks\/(access|podIdentity)|^kubernetes:(rbac|networking)\.|Policy$/;

const label = ({ type, name }: ResourceRow): string => `${type} ${name}`;

/** From a resource up to the region: the component under which it is counted. */
function componentOf(row: ResourceRow, rows: ReadonlyMap<string, ResourceRow>): string {
  const path: ResourceRow[] = [];
  for (
    let at: ResourceRow | undefined = row;
    at !== undefined && at.type !== REGION;
    at = at.parent === null ? undefined : rows.get(at.parent)
  )
    path.unshift(at);
  const components = path.filter(({ type }) => type.startsWith("securevpn:"));
  const [first, second] = components;
  if (first === undefined) return "stack";
  return first.type === SPLIT && second !== undefined ? `${first.name}/${second.name}` : first.name;
}

/** Counts of what would be done, by component, as lines of a table. */
export function componentTable({ resources, gone, steps }: Plan): string[] {
  const rows = new Map([...gone, ...resources].map((row) => [row.urn, row]));
  const counts = new Map<string, number[]>();
  for (const row of rows.values()) {
    const kind = KINDS.indexOf(steps.get(row.urn) ?? "same");
    const component = componentOf(row, rows);
    const own = counts.get(component) ?? KINDS.map(() => 0);
    own[kind] = (own[kind] ?? 0) + 1;
    counts.set(component, own);
  }
  const shown = KINDS.flatMap((kind, index) =>
    [...counts.values()].some((own) => (own[index] ?? 0) > 0) ? [{ kind, index }] : [],
  );
  const width = Math.max(9, ...[...counts.keys()].map((name) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(width)}${cells.map((cell) => cell.padStart(10)).join("")}`;
  return [
    line(
      "component",
      shown.map(({ kind }) => (kind === "same" ? "unchanged" : kind)),
    ),
    ...[...counts]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, own]) =>
        line(
          name,
          shown.map(({ index }) => String(own[index] ?? 0)),
        ),
      ),
  ];
}

function listed(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length - MOST_NAMES;
  return [
    `  ${names.length} ${title}`,
    ...names.slice(0, MOST_NAMES).map((name) => `    ${name}`),
    ...(more > 0 ? [`    and ${more} more (--tree or --json shows all)`] : []),
  ];
}

/** `12 aws:iam/role:Role`: for what is new, of which a whole stack has many. */
function byType(rows: readonly ResourceRow[]): string[] {
  const counts = new Map<string, number>();
  for (const { type } of rows) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([type, count]) => `${count} ${type}`);
}

function accessLines({ resources, gone, steps }: Plan): string[] {
  const touched = [...gone, ...resources].filter(({ urn, type }) => {
    return steps.has(urn) && ACCESS.test(type);
  });
  const isNew = ({ urn }: ResourceRow): boolean => steps.get(urn) === "create";
  const changed = touched.filter((row) => !isNew(row));
  const created = touched.filter(isNew);
  const title = "new rights, routes or firewall rules";
  return [
    ...listed(
      "changed rights, routes or firewall rules",
      changed.map((row) => `${steps.get(row.urn) ?? ""} ${label(row)}`),
    ),
    ...(created.length > MOST_NAMES
      ? [`  ${created.length} ${title}`, ...byType(created).map((line) => `    ${line}`)]
      : listed(title, created.map(label))),
  ];
}

/** A violation says its policy's description first, which the policy's name stands for. */
export const sentenceOf = (message: string): string => {
  const [first, ...rest] = message.split("\n");
  return /^[A-Z]\d\d: /.test(first ?? "") && rest.length > 0 ? rest.join("\n") : message;
};

/** `type name` of a URN, without the types of its parents; `stack` for the stack itself. */
export function placeOf(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  const type = types.split("$").at(-1) ?? "";
  return urn === "" || type === "pulumi:pulumi:Stack" ? "stack" : `${type} ${name.join("::")}`;
}

/** What of a plan a person should look at before it is approved. */
export function worthALook(
  plan: Plan,
  policies: readonly PolicyReport[],
  unpriced: readonly string[],
): string[] {
  const { resources, gone, steps } = plan;
  const replaced = resources.filter(({ urn }) => steps.get(urn) === "replace");
  const ended = [...replaced, ...gone].filter(({ protect }) => protect);
  const guarded = resources.filter(({ protect }) => protect).length;
  const violations = policies.flatMap(({ name, level, violations: all }) =>
    all.map(({ urn, message }) => `[${level}] ${name}: ${placeOf(urn)}: ${sentenceOf(message)}`),
  );
  const notRun = policies.filter(({ ran }) => ran !== "yes");
  return [
    ...listed("protected, and yet to be replaced or deleted", ended.map(label)),
    ...listed("to replace", replaced.map(label)),
    ...listed("to delete", gone.map(label)),
    ...accessLines(plan),
    ...(violations.length === 0
      ? []
      : [`  ${violations.length} violations`, ...violations.map((one) => `    ${one}`)]),
    ...listed("policies that did not judge everything", notRun.map(ranLine)),
    ...listed("without a price", unpriced),
    ...(guarded > 0 ? [`  ${guarded} protected: the engine will not delete or replace them`] : []),
  ];
}

const ranLine = ({ name, ran }: PolicyReport): string =>
  `${name} ${ran === "no" ? "did not run" : "saw a part of the resources"}`;

/** `48 ran, 1 with violations, 3 did not run`. */
export function policyLine(policies: readonly PolicyReport[]): string {
  const count = (state: PolicyReport["ran"]): number =>
    policies.filter(({ ran }) => ran === state).length;
  const broken = policies.filter(({ violations }) => violations.length > 0).length;
  const [part, no] = [count("part"), count("no")];
  return [
    `policies: ${count("yes") + part} ran, ${broken} with violations`,
    ...(part > 0 ? [`${part} saw a part of the resources only`] : []),
    ...(no > 0 ? [`${no} did not run`] : []),
  ].join(", ");
}
