import { buildSchema, type DocumentNode, Kind, parse, TypeInfo, validate, visit, visitWithTypeInfo } from 'graphql';
import { expect, test } from 'vitest';
import sdl from '../../../../schema/schema.graphql?raw';

const DEEPEST = 10;
const MOST_ALIASES = 15;
const LONGEST = 15_000;

const schema = buildSchema(sdl);
const modules = import.meta.glob<Record<string, unknown>>(['../**/documents.ts', '../composer/creating.ts'], { eager: true });
const documents = Object.values(modules)
  .flatMap((module) => Object.entries(module))
  .filter((entry): entry is [string, string] => typeof entry[1] === 'string' && /^\s*(query|mutation|subscription)\b/.test(entry[1]));

/** How many fields stand in one another, and how many have another name. */
function measure(document: DocumentNode): { depth: number; aliases: number } {
  const fragments = new Map(document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [])));
  let aliases = 0;
  visit(document, { Field: ({ alias }) => void (aliases += alias ? 1 : 0) });
  const depthOf = (selections: readonly import('graphql').SelectionNode[]): number =>
    Math.max(
      0,
      ...selections.map((one) => {
        if (one.kind === Kind.FIELD) return 1 + depthOf(one.selectionSet?.selections ?? []);
        if (one.kind === Kind.INLINE_FRAGMENT) return depthOf(one.selectionSet.selections);
        return depthOf(fragments.get(one.name.value)?.selectionSet.selections ?? []);
      }),
    );
  const depths = document.definitions.map((one) => (one.kind === Kind.OPERATION_DEFINITION ? depthOf(one.selectionSet.selections) : 0));
  return { depth: Math.max(...depths), aliases };
}

test('every document of the page is looked at', () => {
  expect(documents.length).toBeGreaterThanOrEqual(18);
});

test.each(documents)('%s is valid', (_name, text) => {
  expect(validate(schema, parse(text)).map(({ message }) => message)).toEqual([]);
});

test.each(documents)('%s keeps the limits', (_name, text) => {
  const { depth, aliases } = measure(parse(text));
  expect(depth).toBeLessThanOrEqual(DEEPEST);
  expect(aliases).toBeLessThanOrEqual(MOST_ALIASES);
  expect(text.length).toBeLessThanOrEqual(LONGEST);
});

test.each(documents)('%s asks for nothing that is deprecated', (_name, text) => {
  const types = new TypeInfo(schema);
  const deprecated: string[] = [];
  visit(parse(text), visitWithTypeInfo(types, {
    Field: ({ name }) => void (types.getFieldDef()?.deprecationReason && deprecated.push(name.value)),
  }));
  expect(deprecated).toEqual([]);
});
