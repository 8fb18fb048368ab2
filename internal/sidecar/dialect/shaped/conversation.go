package shaped

import (
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// ConversationOf returns what identifies the conversation of an event, or "" if the event does not say it.
func (f *Format) ConversationOf(event []byte) string { return f.event.findConversation(event) }

// ConversationOfAnswer returns what identifies the conversation of an answer that is not streamed, or "" if the answer does not say it.
func (f *Format) ConversationOfAnswer(answer []byte) (conversation string, ok bool) {
	return f.answer.findConversation(answer), f.answer != nil && f.answer.namesConversations
}

// findConversation returns what identifies the conversation, or "".
func (d *document) findConversation(content []byte) string {
	if d == nil || !d.namesConversations {
		return ""
	}
	found := conversationFinder{document: d}
	// Content that is malformed names no conversation: the reader of it refuses it.
	_, _ = jsontext.Rewrite(nil, content, d.tree, &found)
	return found.conversation
}

// conversationFinder finds the first text or number that identifies the conversation.
type conversationFinder struct {
	document     *document
	conversation string
}

// VisitValue keeps every value.
func (*conversationFinder) VisitValue(*jsontext.Place, jsontext.Kind) (bool, error) { return true, nil }

// VisitKey accepts every name.
func (*conversationFinder) VisitKey(*jsontext.Place, []byte) error { return nil }

// VisitText notes the text that identifies the conversation.
func (c *conversationFinder) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	c.note(p, text)
	return dst, false, nil
}

// VisitScalar notes the number that identifies the conversation.
func (c *conversationFinder) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	if string(raw) != "null" {
		c.note(p, dialect.NormalizeNumber(raw))
	}
	return nil, nil
}

func (c *conversationFinder) note(p *jsontext.Place, value []byte) {
	if c.document.rows[p.Field].namesConversation && c.conversation == "" {
		c.conversation = string(value)
	}
}
