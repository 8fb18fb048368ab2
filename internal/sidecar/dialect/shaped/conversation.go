package shaped

import "github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"

// ConversationOf returns what identifies the conversation of an event, or "" if the event does not say it.
func (f *Format) ConversationOf(event []byte) string {
	if !f.event.namesConversations {
		return ""
	}
	found := conversationFinder{document: f.event}
	// An event that is malformed has no conversation: Scan refuses it.
	_, _ = jsontext.Rewrite(nil, event, f.event.tree, &found)
	return found.conversation
}

// conversationFinder finds the first text that identifies the conversation.
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
	if c.document.rows[p.Field].namesConversation && c.conversation == "" {
		c.conversation = string(text)
	}
	return dst, false, nil
}

// VisitScalar keeps every value.
func (*conversationFinder) VisitScalar(*jsontext.Place, []byte) ([]byte, error) { return nil, nil }
