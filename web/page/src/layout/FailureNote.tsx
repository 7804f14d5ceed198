/** What went wrong, as a sentence, with Retry where it may help. */

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Failure } from '../api/failure';
import { Icon } from './Icon';

interface Props {
  failure: Pick<Failure, 'message' | 'retryable' | 'retryAfter'>;
  onRetry?: (() => void) | undefined;
  /** Part of what is read anyway, and not to be called out. */
  quiet?: boolean;
  children?: ComponentChildren;
}

/** Seconds until a retry may help, counted down. */
function useWait(seconds: number | null): number {
  const [left, setLeft] = useState(Math.ceil(seconds ?? 0));
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}

export function FailureNote({ failure, onRetry, quiet = false, children }: Props) {
  const left = useWait(failure.retryAfter);
  return (
    <div class="failure" role={quiet ? undefined : 'alert'}>
      <p>{failure.message}</p>
      <div class="failure-actions">
        {failure.retryable && onRetry && (
          <button type="button" class="button small" disabled={left > 0} onClick={onRetry}>
            <Icon name="retry" /> {left > 0 ? `Retry in ${left} s` : 'Retry'}
          </button>
        )}
        {children}
      </div>
    </div>
  );
}
