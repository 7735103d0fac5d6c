// Pulumi's runner requires a pack through ts-node, which takes no `.ts` specifier and checks all types
// anew at every start. From here on Node itself loads the TypeScript.
import "./index.ts";
