/** URNs of a file, one a line. Throws on what is none, as a mistyped name would stand there and allow nothing. */
export function readNames(text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const name = line.replace(/(^|\s)#.*$/, "").trim();
    if (name === "") return [];
    if (!name.startsWith("urn:pulumi:")) {
      throw new Error(
        `line ${index + 1} is no URN: got ${JSON.stringify(name)}, but "urn:pulumi:STACK::PROJECT::TYPE::NAME" is wanted`,
      );
    }
    return [name];
  });
}
