package transport

import (
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// boundTexts returns a rewriter that refuses a body with more text than the sidecar has memory to rewrite. A body can be longer than that if
// most of it passes unread.
func (u *Upstream) boundTexts(body []byte, f dialect.AnswerRewriter) dialect.AnswerRewriter {
	limit := u.Budget.MaxBodyBytes()
	if int64(len(body)) <= limit {
		return f
	}
	return boundedRewriter{f, limit}
}

// boundedRewriter is a rewriter that refuses answers with more bytes of text than the limit.
type boundedRewriter struct {
	dialect.AnswerRewriter
	limit int64
}

// RewriteAnswer rewrites an answer.
func (b boundedRewriter) RewriteAnswer(dst, body []byte, v dialect.Visitor) ([]byte, error) {
	return b.AnswerRewriter.RewriteAnswer(dst, body, &textCounter{Visitor: v, limit: b.limit})
}

// textCounter is a visitor that counts the bytes of the texts.
type textCounter struct {
	dialect.Visitor
	limit, count int64
}

// VisitSegment refuses the text with which the texts become longer than the limit.
func (c *textCounter) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	c.count += int64(len(s.Text))
	if c.count > c.limit {
		return dst, false, refusal.Because(refusal.AnswerTooLarge, "The texts of the answer have more than "+strconv.FormatInt(c.limit, 10)+" bytes.")
	}
	return c.Visitor.VisitSegment(dst, s)
}
