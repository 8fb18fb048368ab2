package transform

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
)

// Reply is what a message says if it answers the question for consent.
type Reply uint8

// The replies. ReplyOther is every message that is neither a yes nor a no as a whole.
const (
	ReplyOther Reply = iota
	ReplyYes
	ReplyNo
	// ReplyWithdraw: a sentence of the message takes the consent back.
	ReplyWithdraw
)

// Questions are the question for consent, in each language, and the messages that answer it. They are immutable.
type Questions struct {
	texts   []string
	replies map[string]Reply
	// maxBytes is the length of the longest text that can be the question.
	maxBytes int
	// withdrawals are what takes the consent back.
	withdrawals withdrawals
}

// Withdrawing returns questions to which consent can be taken back: by sentences that consist of one of the phrases and any fillers.
func (q *Questions) Withdrawing(phrases, fillers []string) *Questions {
	extended := *q
	extended.withdrawals = newWithdrawals(phrases, fillers)
	return &extended
}

// NewQuestions returns the questions. yes and no are the messages that answer them, in any language.
func NewQuestions(texts, yes, no []string) *Questions {
	q := &Questions{replies: map[string]Reply{}}
	for _, text := range texts {
		// English stands in for several languages.
		if normalized := normalizeQuestion([]byte(text)); !slices.Contains(q.texts, normalized) {
			q.texts = append(q.texts, normalized)
		}
		q.maxBytes = max(q.maxBytes, maxGrowth*len(text))
	}
	for _, text := range yes {
		q.replies[normalizeReply([]byte(text))] = ReplyYes
	}
	for _, text := range no {
		q.replies[normalizeReply([]byte(text))] = ReplyNo
	}
	return q
}

// maxGrowth is how many times as long as the question a text can be that a client has made of it: a link repeats its address, and an entity
// of HTML has six characters.
const maxGrowth = 3

// maxReplyBytes is the length of the longest message that can answer the question. The longest answer in said.yaml has half of it.
const maxReplyBytes = 64

// read returns what a message says.
func (q *Questions) read(text []byte) Reply {
	if len(text) > maxReplyBytes {
		return ReplyOther
	}
	return q.replies[normalizeReply(text)]
}

// isQuestion reports whether a text is the question and nothing else.
func (q *Questions) isQuestion(text []byte) bool {
	return len(text) <= q.maxBytes && slices.Contains(q.texts, normalizeQuestion(text))
}

// isOrnament reports whether a character at the end of a reply does not matter: a blank, punctuation apart from a question mark, or an emoji
// that does not take the reply back.
func isOrnament(r rune) bool {
	isEmoji := unicode.In(r, unicode.So, unicode.Sk) || r == '\uFE0F'
	return unicode.IsSpace(r) || unicode.IsPunct(r) && r != '?' || isEmoji && !strings.ContainsRune("👎❌🚫", r)
}

// dropInvisible drops characters without a width, which keyboards and copied texts bring.
func dropInvisible(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// plainMarks has plain signs in place of other apostrophes and question marks.
var plainMarks = strings.NewReplacer("\u2019", "'", "？", "?", "؟", "?", "﹖", "?", "⁇", "?", "⁈", "?", "⁉", "?", "‽", "?")

// normalizeReply returns a message in lower case, with single blanks and without punctuation, invisible characters and emoji at its end. A
// question mark of any script stays, because "yes?" agrees to nothing.
func normalizeReply(text []byte) string {
	folded := strings.ToLower(norm.NFC.String(string(text)))
	folded = strings.TrimRightFunc(strings.Map(dropInvisible, plainMarks.Replace(folded)), isOrnament)
	words := strings.FieldsFunc(folded, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsPunct(r) && r != '\'' && r != '?'
	})
	return strings.Join(words, " ")
}

// Consent is what the messages of a request say about consent.
type Consent struct {
	// IsGiven means that a message of the person answers the question with yes, and none after it does so with no, or takes the consent back.
	IsGiven bool
	// FollowsQuestion means that the last message of the person comes right after the question.
	FollowsQuestion bool
	// WasGiven is what IsGiven would be without the last message of the person.
	WasGiven bool
	// Last is what the last message of the person says if it answers the question, or takes the consent back.
	Last Reply
	// HasAnswer means that the chatbot has a message in the request.
	HasAnswer bool
}

// consentSearch looks for the question and its answers in the messages of a request. Without questions it does nothing.
type consentSearch struct {
	questions *Questions
	// texts is the number of texts of the message that is being read, apart from empty ones. isQuestion and reply are about the first one.
	texts      int
	isQuestion bool
	reply      Reply
	// withdraws means that one of the texts takes the consent back.
	withdraws bool
	// afterQuestion means that the last message is the question.
	afterQuestion bool
	found         Consent
}

// searchSegment takes a text of the message that is being read.
func (c *consentSearch) searchSegment(s *dialect.Segment) {
	if c.questions == nil || s.Kind != dialect.Prose || len(bytes.TrimSpace(s.Text)) == 0 {
		return
	}
	c.texts++
	c.withdraws = c.withdraws || c.questions.withdrawals.match(s.Text)
	if c.texts == 1 {
		c.isQuestion, c.reply = c.questions.isQuestion(s.Text), c.questions.read(s.Text)
	}
}

// endMessage takes the author of the message that was read. A message with several texts is neither the question nor an answer to it.
func (c *consentSearch) endMessage(m dialect.Message) {
	isSingle := c.texts == 1
	switch {
	case c.texts == 0 && !m.CallsTool:
		return
	case m.Role == dialect.RoleAssistant:
		c.found.HasAnswer = true
		c.afterQuestion = isSingle && c.isQuestion && !m.CallsTool
	case m.Role == dialect.RoleUser:
		c.endOwn(isSingle)
	}
	c.texts, c.withdraws = 0, false
}

// endOwn takes a message of the person.
func (c *consentSearch) endOwn(isSingle bool) {
	c.found.FollowsQuestion, c.found.Last = c.afterQuestion, ReplyOther
	c.found.WasGiven = c.found.IsGiven
	c.afterQuestion = false
	if c.withdraws {
		c.found.IsGiven, c.found.Last = false, ReplyWithdraw
		return
	}
	if !isSingle {
		return
	}
	c.found.Last = c.reply
	if c.found.FollowsQuestion && c.reply != ReplyOther {
		c.found.IsGiven = c.reply == ReplyYes
	}
}
