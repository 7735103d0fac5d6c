/** What a secret is called, and what only says something about one. */
const SECRET_WORD =
  /^(PASSWORDS?|PASSWD|PASSPHRASE|SECRETS?|TOKENS?|CREDENTIALS?|APIKEY|PRIVATE|AUTHORIZATION)$/;
/** Words that make a key a secret one; others, as in `KEY_ROTATION`, are no secret. */
const OF_A_KEY = ["API", "ACCESS", "PRIVATE", "SECRET", "SIGNING", "ENCRYPTION"];
const PLACE = ["FILE", "DIR", "PATH"];
const AMOUNT = [
  "LENGTH",
  "LEN",
  "TTL",
  "SECONDS",
  "SECS",
  "MS",
  "MINUTES",
  "HOURS",
  "DAYS",
  "LIFETIME",
  "EXPIRY",
  "AGE",
  "INTERVAL",
  "COUNT",
  "LIMIT",
  "MIN",
  "MAX",
  "SIZE",
  "BYTES",
  "BITS",
  "VERSION",
];
const SWITCH = ["ENABLED", "DISABLED", "REQUIRED", "ROTATION"];
const TRAIT = [
  "HEADER",
  "NAME",
  "ISSUER",
  "AUDIENCE",
  "ALGORITHM",
  "ALG",
  "TYPE",
  "POLICY",
  "PREFIX",
  "URL",
  "URI",
  "ENDPOINT",
  "ID",
  "ARN",
];
/** Names of what is as long and as random as a secret, and public. */
const PUBLIC = ["PUBLIC", "SHA", "COMMIT", "REVISION", "DIGEST", "CHECKSUM", "HASH"];

/** Values that are secrets whatever they are called. */
const SECRET_VALUE = new RegExp(
  [
    "-----BEGIN [A-Z ]*PRIVATE KEY",
    String.raw`\b(AKIA|ASIA)[0-9A-Z]{16}\b`,
    String.raw`\beyJ[\w-]{10,}\.[\w-]{10,}\.`, // a JWT
    String.raw`:\/\/[^/\s:@]+:[^/\s@]+@`, // a password in an address
    String.raw`\bgh[pousr]_\w{36}`,
    String.raw`\bglpat-[\w-]{20}`,
    String.raw`\bxox[abprs]-[\w-]{10,}`,
    String.raw`\bsk_live_\w{16,}`,
    String.raw`\bAIza[\w-]{35}`,
  ].join("|"),
);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Bits a letter from which a mixed text of 24 letters and more is taken for random; words have less. */
const RANDOM_BITS = 3.7;

const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== "");

function bitsALetter(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => {
    const share = count / text.length;
    return bits - share * Math.log2(share);
  }, 0);
}

/** Whether a whole value looks drawn at random: hex of 32 digits and more, or mixed letters and digits. */
function isRandom(value: string): boolean {
  if (UUID.test(value)) return false;
  if (/^[0-9a-f]{32,}$/i.test(value)) return true;
  return (
    /^[\w+/=-]{24,}$/.test(value) &&
    [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(value)) &&
    (value.match(/\//g) ?? []).length < 2 &&
    bitsALetter(value) >= RANDOM_BITS
  );
}

const isKey = (word: string | undefined): boolean => word === "KEY" || word === "KEYS";

/** Whether a name says that its value is a secret. */
const namesSecret = (words: readonly string[]): boolean =>
  words.some(
    (word, index) =>
      SECRET_WORD.test(word) || (isKey(word) && OF_A_KEY.includes(words[index - 1] ?? "")),
  );

/** A variable that ends so holds a key, if not a public one; in a file `key:` is any key. */
const endsInKey = (words: readonly string[]): boolean =>
  isKey(words.at(-1)) && words.at(-2) !== "PUBLIC";

/** Whether a value is what the last word of its name says that it is: a place, an amount, a trait. */
function isAsNamed(last: string, value: string): boolean {
  if (PLACE.includes(last)) return value.startsWith("/");
  if (AMOUNT.includes(last)) return /^\d+(\.\d+)?\s?[a-z]{0,3}$/i.test(value);
  if (SWITCH.includes(last)) return /^(true|false|on|off|yes|no|\d+)$/i.test(value);
  return TRAIT.includes(last);
}

/** Whether a text holds a secret, whatever it is called. */
export const holdsSecret = (text: string): boolean => SECRET_VALUE.test(text) || linesHold(text);

/** Whether a named value is a secret: by what it looks like, or by its name. */
export function isSecret(name: string, value: string): boolean {
  if (value === "") return false;
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  if (holdsSecret(value)) return true;
  if (isRandom(value) && !words.some((word) => PUBLIC.includes(word))) return true;
  return endsInKey(words) || (namesSecret(words) && !isAsNamed(last, value));
}

const LINE =
  /(?:^|[\s"'{,;?&])(-{0,2}[\w.-]*(?:pass(?:word|wd|phrase)|secret|token|key|credential)[\w.-]*)["']?\s*[:=]\s*["']?([^\s"',;}&]+)/gim;
/** What stands in place of a value: a reference, a place, a switch, a number. */
const NO_LITERAL = /^([/$<{[(&*!|>@%]|(true|false|null|none|yes|no)$|\d+[a-z]*$)/i;

/** Lines such as `password: hunter2` in a file, or `--token=x` in a command; comments are prose. */
function linesHold(text: string): boolean {
  const said = text.replace(/^\s*(#|\/\/).*$/gm, "");
  return [...said.matchAll(LINE)].some(([, name = "", value = ""]) => {
    const words = wordsOf(name);
    const last = words.at(-1) ?? "";
    const described = [...PLACE, ...AMOUNT, ...SWITCH, ...TRAIT, ...PUBLIC].includes(last);
    return namesSecret(words) && !described && !NO_LITERAL.test(value);
  });
}
