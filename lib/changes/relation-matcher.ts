/** Which table of the dataset is meant by a name that an event has. Answers undefined where there is none. */
export type MatchRelation = (relation: string) => string | undefined;

/**
 * A name is matched as it is; otherwise without regard to case and quotes (`PUBLIC.BBS_TOPIC`, `"public"."bbs_topic"`),
 * where that leaves one table.
 */
export function createRelationMatcher(relations: readonly string[]): MatchRelation {
  const byFoldedName = Map.groupBy(new Set(relations), folded);
  return (relation) => {
    if (relations.includes(relation)) return relation;
    const found = byFoldedName.get(folded(relation)) ?? [];
    return found.length === 1 ? found[0] : undefined;
  };
}

const folded = (relation: string) => relation.replaceAll('"', '').toLowerCase();
