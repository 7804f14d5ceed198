/** The tree of a conversation's branches and variants. */

import { ask } from '../api/client';
import type { BranchKind } from '../api/types';
import { ANCESTORS, CHILDREN } from './documents';

export interface TreeNode {
  id: string;
  name: string;
  branchKind: BranchKind | null;
  branchedAtIndex: number | null;
  messageCount: number;
  createdAt: string;
}

export interface Tree extends TreeNode {
  children: Tree[];
}

type Ancestor = TreeNode & { parent?: Ancestor | null };
interface Children {
  conversations: { nodes: TreeNode[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

const MOST_NODES = 500;
const AT_ONCE = 6;

/** The topmost of what an answer shows, and whether there may be more above. */
export function topmost(start: Ancestor): { node: TreeNode; complete: boolean } {
  let node = start;
  while (node.parent) node = node.parent;
  return { node, complete: node.parent === null };
}

/** Nodes with their parents, put together; children in the order of where they fork off. */
export function assemble(root: TreeNode, children: ReadonlyMap<string, readonly TreeNode[]>): Tree {
  const found = [...(children.get(root.id) ?? [])].sort(
    (a, b) => (a.branchedAtIndex ?? 0) - (b.branchedAtIndex ?? 0) || a.createdAt.localeCompare(b.createdAt),
  );
  return { ...root, children: found.map((child) => assemble(child, children)) };
}

export function describe({ branchKind, branchedAtIndex }: TreeNode): string {
  const place = (branchedAtIndex ?? 0) + 1;
  switch (branchKind) {
    case 'EDIT':
      return `message ${place} edited`;
    case 'REGENERATION':
      return `reply ${place} regenerated`;
    case 'TOPIC':
      return place > 1 ? `branch after message ${place - 1}` : 'branch from the start';
    default:
      return 'start';
  }
}

async function rootOf(id: string): Promise<TreeNode | null> {
  for (let at = id; ; ) {
    const { conversation } = await ask<{ conversation: Ancestor | null }>(ANCESTORS, { id: at });
    if (!conversation) return null;
    const { node, complete } = topmost(conversation);
    if (complete) return node;
    at = node.id;
  }
}

async function childrenOf(parentId: string): Promise<TreeNode[]> {
  const found: TreeNode[] = [];
  for (let after: string | null = null; ; ) {
    const filter = { parentId, includeVariants: true, archived: null };
    const { nodes, pageInfo }: Children['conversations'] = (await ask<Children>(CHILDREN, { filter, after })).conversations;
    found.push(...nodes);
    if (!pageInfo.hasNextPage || found.length >= MOST_NODES) return found;
    after = pageInfo.endCursor;
  }
}

/** The whole tree that a conversation stands in; null when it is gone. */
export async function readTree(id: string): Promise<Tree | null> {
  const root = await rootOf(id);
  if (!root) return null;
  const children = new Map<string, TreeNode[]>();
  const open = [root.id];
  for (let count = 1; open.length && count < MOST_NODES; ) {
    const batch = open.splice(0, AT_ONCE);
    const found = await Promise.all(batch.map(childrenOf));
    batch.forEach((parent, place) => children.set(parent, found[place] ?? []));
    const ids = found.flat().map((node) => node.id);
    open.push(...ids);
    count += ids.length;
  }
  return assemble(root, children);
}
