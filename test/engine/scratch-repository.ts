import {
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../local/engine/workspace.ts";

/** What the program is made of; the rest of the repository runs it. */
const FOLDERS = ["facts", "infra", "services", "policies"];

/** A copy of the program and its services in which a test changes something, as a commit would. */
export class ScratchRepository {
  readonly root = mkdtempSync(join(tmpdir(), "securevpn-repository-"));

  constructor() {
    const files = readdirSync(PROJECT_ROOT).filter(
      (name) => name === "package.json" || /^Pulumi\..*yaml$/.test(name),
    );
    for (const name of [...FOLDERS, ...files]) {
      cpSync(join(PROJECT_ROOT, name), join(this.root, name), { recursive: true });
    }
    symlinkSync(join(PROJECT_ROOT, "node_modules"), join(this.root, "node_modules"));
  }

  /** Changes one file; a pattern that is not there fails the test instead of changing nothing. */
  edit(path: string, change: (text: string) => string): void {
    const file = join(this.root, path);
    const before = readFileSync(file, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${path} changed nothing`);
    writeFileSync(file, after);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
