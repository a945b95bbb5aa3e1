type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** One configuration put over another, key by key; lists are replaced whole. */
export function merged(base: Tree, over: Tree): Tree {
  const changed = Object.entries(over).map(([key, value]) => {
    const before = base[key];
    return [key, isTree(before) && isTree(value) ? merged(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(changed) };
}
