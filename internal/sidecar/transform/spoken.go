package transform

import (
	"bytes"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
)

// maxSpoken is how many bytes of the person's last message Request.Spoken holds.
const maxSpoken = 8 << 10

// spokenSearch finds the last message of the person in a request. It does nothing unless isOn is true.
type spokenSearch struct {
	isOn bool
	// current is the text of the message that is being read, and last that of the person's last message.
	current, last []byte
}

// searchSegment takes a text of the message that is being read.
func (p *spokenSearch) searchSegment(s *dialect.Segment) {
	if !p.isOn || s.Kind != dialect.Prose || s.Role != dialect.RoleUser && s.Role != dialect.RoleOther || len(p.current) >= maxSpoken {
		return
	}
	if len(p.current) > 0 {
		p.current = append(p.current, '\n')
	}
	p.current = append(p.current, s.Text[:min(len(s.Text), maxSpoken)]...)
}

// endMessage takes the author of the message that was read. A message of another author takes nothing back: some clients put the results of
// tools, or what they know of the page, after the message of the person.
func (p *spokenSearch) endMessage(m dialect.Message) {
	if m.Role == dialect.RoleUser && len(bytes.TrimSpace(p.current)) > 0 {
		p.last, p.current = p.current, p.last
	}
	p.current = p.current[:0]
}

// Bounds of a transcript: what a human reads before answering.
const (
	maxTranscriptBytes = 16 << 10
	maxTranscriptLines = 100
)

// Line is a message of a conversation. IsPerson means that the person wrote it, and not the chatbot.
type Line struct {
	IsPerson bool
	Text     string
}

// Transcript returns the messages of people and of the chatbot in a request that was rewritten before, oldest first: the last of them, as far
// as they fit into maxTranscriptBytes. isFrame means that the body is a frame of a socket.
func Transcript(body []byte, f dialect.Format, isFrame bool) []Line {
	var v transcript
	rewrite := f.RewriteRequest
	if isFrame {
		rewrite = f.RewriteFrame
	}
	if _, _, err := rewrite(nil, body, &v); err != nil { // The body was read before.
		return nil
	}
	return v.takeLast()
}

// transcript collects the messages of a request.
type transcript struct {
	current []byte
	lines   []Line
}

// VisitSegment adds a text to the message that is being read.
func (v *transcript) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	if s.Kind == dialect.Prose && len(s.Text) > 0 {
		if len(v.current) > 0 {
			v.current = append(v.current, '\n')
		}
		v.current = append(v.current, s.Text...)
	}
	return dst, false, nil
}

// VisitMessage ends a message. Messages of the system, of tools, and those that call a tool are none of the conversation.
func (v *transcript) VisitMessage(m dialect.Message) {
	isPerson := m.Role == dialect.RoleUser
	if text := bytes.TrimSpace(v.current); len(text) > 0 && (isPerson || m.Role == dialect.RoleAssistant && !m.CallsTool) {
		v.lines = append(v.lines, Line{isPerson, string(text)})
	}
	v.current = v.current[:0]
}

// takeLast returns the last lines that fit.
func (v *transcript) takeLast() []Line {
	size, from := 0, len(v.lines)
	for from > 0 && len(v.lines)-from < maxTranscriptLines {
		if size += len(v.lines[from-1].Text); size > maxTranscriptBytes {
			break
		}
		from--
	}
	return v.lines[from:]
}
