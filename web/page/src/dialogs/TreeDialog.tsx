/** Shows how a conversation branched. */

import { useEffect, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../api/failure';
import { FailureNote } from '../layout/FailureNote';
import { count } from '../layout/time';
import { closeDialog } from '../state/dialogs';
import { conversationHref } from '../state/route';
import { Dialog } from './Dialog';
import { describe, readTree, type Tree } from './tree';

export function TreeDialog({ conversationId }: { conversationId: string }) {
  const [tree, setTree] = useState<Tree | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const read = () => {
    setFailure(null);
    readTree(conversationId).then(setTree, (reason) => setFailure(failureOf(reason)));
  };
  useEffect(read, [conversationId]);
  return (
    <Dialog title="Branches">
      {failure && <FailureNote failure={failure} onRetry={read} />}
      {!tree && !failure && <p class="quiet">Reading the tree…</p>}
      {tree && (
        <nav aria-label="Branch tree">
          <ul class="tree">
            <Node tree={tree} current={conversationId} />
          </ul>
          {!tree.children.length && <p class="quiet">It has no branches yet. “Branch here” on any message makes one.</p>}
        </nav>
      )}
    </Dialog>
  );
}

function Node({ tree, current }: { tree: Tree; current: string }) {
  return (
    <li>
      <a href={conversationHref(tree.id)} aria-current={tree.id === current ? 'page' : undefined} onClick={closeDialog}>
        <span class="tree-name">{tree.name}</span>
        <span class="quiet">
          {describe(tree)} · {count(tree.messageCount)} {tree.messageCount === 1 ? 'message' : 'messages'}
        </span>
      </a>
      {tree.children.length > 0 && (
        <ul>
          {tree.children.map((child) => (
            <Node key={child.id} tree={child} current={current} />
          ))}
        </ul>
      )}
    </li>
  );
}
