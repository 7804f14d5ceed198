/** The tokens of the month. */

import { count, shortDay } from '../layout/time';
import { usage } from '../state/lists';

export function UsageBar() {
  const month = usage.value;
  if (!month) return null;
  const { tokensUsed, tokensReserved, tokenLimit, resetsAt } = month;
  const taken = tokensUsed + tokensReserved;
  return (
    <section class="usage" aria-labelledby="usage-title">
      <h2 id="usage-title">This month</h2>
      {tokenLimit !== null && (
        <meter aria-label="Tokens used this month" min={0} max={Math.max(1, tokenLimit)} high={tokenLimit * 0.85} optimum={0} value={Math.min(taken, tokenLimit)} />
      )}
      <p>
        {count(tokensUsed)} {tokenLimit === null ? 'tokens used' : `of ${count(tokenLimit)} tokens`}
        {tokensReserved > 0 && <span> · {count(tokensReserved)} set aside</span>}
      </p>
      {tokenLimit !== null && <p class="quiet">Begins anew on {shortDay(resetsAt)}</p>}
    </section>
  );
}
