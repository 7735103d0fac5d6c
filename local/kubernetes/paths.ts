/** Where a container's mount really lies on this machine. */
export interface Mount {
  readonly mountPath: string;
  readonly hostPath: string;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const trim = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, "") : path);

/**
 * Rewrites mount paths inside a string to the folders that stand for them: the longest mount wins, and
 * only whole path segments count (`/etc/app` is not in `/etc/apple` nor in `/my/etc/app`). This stands
 * in for a mount namespace, which would need root; it reaches what a process gets by environment and
 * arguments, which is why paths must not be literals in a service.
 */
export function pathRewriter(mounts: readonly Mount[]): (text: string) => string {
  const folders = new Map(mounts.map((mount) => [trim(mount.mountPath), mount.hostPath]));
  if (folders.size === 0) return (text) => text;
  const longestFirst = [...folders.keys()].sort((a, b) => b.length - a.length).map(escape);
  const pattern = new RegExp(
    `(?<![\\w.-])(?:${longestFirst.join("|")})(?![\\w-]|\\.(?=[\\w.-]))`,
    "g",
  );
  return (text) => text.replace(pattern, (found) => folders.get(found) ?? found);
}
