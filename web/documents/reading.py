"""From text to syntax tree, with limits that hold before the parser sees the text.

The tokens are counted in a pass of their own: the parser counts them too, but only the words of its
error would tell its limit from any other syntax error. The same pass counts the nesting, so that
nothing deep ever reaches code that recurses.
"""

from graphql import DocumentNode, Lexer, Source, TokenKind, parse

from chat.errors import QueryTooComplexError
from web.documents.limits import NESTING, DocumentLimits

_STEPS = {
    TokenKind.BRACE_L: 1,
    TokenKind.BRACKET_L: 1,
    TokenKind.BRACE_R: -1,
    TokenKind.BRACKET_R: -1,
}


def read(text: str, limits: DocumentLimits) -> tuple[DocumentNode, int]:
    """The syntax tree and the number of tokens.

    Raises QueryTooComplexError for too many tokens or too deep a nesting, and GraphQLSyntaxError.
    """
    tokens = _counted(text, limits.tokens)
    return parse(text), tokens


def _counted(text: str, allowed: int) -> int:
    lexer = Lexer(Source(text))
    tokens = nesting = deepest = 0
    while (kind := lexer.advance().kind) is not TokenKind.EOF:
        tokens += 1
        if tokens > allowed:
            raise QueryTooComplexError(limit="tokens", found=tokens, allowed=allowed)
        nesting += _STEPS.get(kind, 0)
        deepest = max(deepest, nesting)
    if deepest > NESTING:
        raise QueryTooComplexError(limit="nesting", found=deepest, allowed=NESTING)
    return tokens
