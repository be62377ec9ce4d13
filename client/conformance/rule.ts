/** One rule of the protocol. `check` rejects with the finding if the subject violates it. */
export interface Rule<Subject> {
  title: string;
  check(subject: Subject): Promise<void>;
}

/** The titles of the rules that the subject violates. */
export async function brokenRules<Subject>(
  rules: readonly Rule<Subject>[],
  createSubject: () => Subject,
): Promise<string[]> {
  const broken: string[] = [];
  for (const { title, check } of rules) {
    try {
      await check(createSubject());
    } catch {
      broken.push(title);
    }
  }
  return broken;
}
