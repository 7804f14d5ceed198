import { expect, test } from 'vitest';
import { assemble, describe, topmost, type TreeNode } from './tree';

const node = (id: string, more: Partial<TreeNode> = {}): TreeNode => ({
  id, name: id, branchKind: null, branchedAtIndex: null, messageCount: 2, createdAt: '2026-01-01', ...more,
});

test('branches hang below what they were made from, in the order of their places', () => {
  const children = new Map([
    ['root', [node('late', { branchedAtIndex: 5 }), node('early', { branchedAtIndex: 1 })]],
    ['early', [node('grandchild', { branchedAtIndex: 3 })]],
  ]);
  const tree = assemble(node('root'), children);
  expect(tree.children.map(({ id }) => id)).toEqual(['early', 'late']);
  expect(tree.children[0]?.children.map(({ id }) => id)).toEqual(['grandchild']);
});

test('the way up ends at the root, or is told to be longer', () => {
  expect(topmost({ ...node('a'), parent: { ...node('b'), parent: null } })).toMatchObject({ node: { id: 'b' }, complete: true });
  expect(topmost({ ...node('a'), parent: node('b') })).toMatchObject({ node: { id: 'b' }, complete: false });
});

test('each node says what it is', () => {
  expect(describe(node('a'))).toBe('start');
  expect(describe(node('a', { branchKind: 'EDIT', branchedAtIndex: 2 }))).toBe('message 3 edited');
  expect(describe(node('a', { branchKind: 'REGENERATION', branchedAtIndex: 3 }))).toBe('reply 4 regenerated');
  expect(describe(node('a', { branchKind: 'TOPIC', branchedAtIndex: 2 }))).toBe('branch after message 2');
});
