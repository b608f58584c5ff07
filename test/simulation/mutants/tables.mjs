// What became of mutants and of defects, as tables for people.

/** Score by layer and by invariant, who noticed, and who survived why. */
export function mutantsTables(outcomes, invariants) {
  const survivors = outcomes.filter(({ by }) => by === null)
  const by = (key) => [...new Set(outcomes.map(({ mutant }) => mutant[key]))]
  return [
    '',
    table(
      ['mutant', 'invariant', 'noticed by', 'runs', 'as'],
      outcomes.map(({ mutant, by: found }) => [
        mutant.name,
        mutant.invariant,
        found?.where ?? 'nothing',
        found?.runs ?? '',
        found?.invariant || (found?.detail.slice(0, 60) ?? ''),
      ]),
    ),
    '',
    score('layer', by('layer'), (layer) => outcomes.filter(({ mutant }) => mutant.layer === layer)),
    '',
    score('invariant', invariants, (name) => outcomes.filter(({ mutant }) => mutant.invariant === name)),
    '',
    rules(outcomes, invariants),
    '',
    `${outcomes.length - survivors.length} of ${outcomes.length} mutants were noticed (${percent(outcomes)}), ${bySimulator(outcomes)} by the simulator`,
    ...survivors.map(({ mutant }) => `survived: ${mutant.name}: ${mutant.survives ?? mutant.breaks}`),
  ].join('\n')
}

/** Who finds each of the defects. */
export function defectsTable(outcomes) {
  return table(
    ['defect', 'found by', 'runs', 'as'],
    outcomes.map(({ mutant, by }) => [
      mutant.name,
      by?.where ?? 'nothing',
      by?.runs ?? '',
      by?.invariant || (by?.detail.slice(0, 70) ?? ''),
    ]),
  )
}

function score(title, keys, of) {
  const rows = keys.map((key) => {
    const group = of(key)
    const noticed = group.filter(({ by }) => by !== null).length
    return [key, group.length, noticed, bySimulator(group), percent(group)]
  })
  return table([title, 'mutants', 'noticed', 'by the simulator', 'score'], rows)
}

/** How many mutants each of the checker's rules notices: in the run in which the first one of them did. */
function rules(outcomes, invariants) {
  const violated = outcomes.flatMap(({ by }) => by?.invariants ?? [])
  const names = [...invariants, ...new Set(violated.filter((name) => !invariants.includes(name)))]
  const rows = names.map((name) => [name, violated.filter((other) => other === name).length])
  return table(["the checker's rule", 'mutants noticed'], rows)
}

function bySimulator(outcomes) {
  return outcomes.filter(({ by }) => by !== null && !by.where.startsWith('test/')).length
}

function percent(outcomes) {
  const noticed = outcomes.filter(({ by }) => by !== null).length
  return outcomes.length === 0 ? '' : `${((100 * noticed) / outcomes.length).toFixed(1)} %`
}

function table(head, rows) {
  const texts = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column].length)))
  const line = (row) =>
    row
      .map((text, column) => text.padEnd(widths[column]))
      .join('  ')
      .trimEnd()
  const [first, ...rest] = texts
  return [line(first), widths.map((width) => '-'.repeat(width)).join('  '), ...rest.map(line)].join('\n')
}
