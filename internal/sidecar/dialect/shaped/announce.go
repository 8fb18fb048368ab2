package shaped

import (
	"cmp"
	"encoding/json"
	"net/url"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// Announce returns the request with the members that the shape keeps of the app's request, and those of its template. It is JSON if requests
// are, and otherwise a form.
func (f *Format) Announce(body []byte, text string) (dialect.Announcement, bool) {
	if f.statement == nil {
		return dialect.Announcement{}, false
	}
	members := map[string]json.RawMessage{}
	if json.Unmarshal(fillInsert(f.statementMembers, []byte(text)), &members) != nil {
		return dialect.Announcement{}, false
	}
	sent, isRead := f.readMembers(body)
	if !isRead {
		return dialect.Announcement{}, false
	}
	for _, name := range f.statement.Keep {
		if value, isSent := sent[name]; isSent {
			members[cmp.Or(f.statement.Renames[name], name)] = value
		}
	}
	a := dialect.Announcement{Segment: f.statement.Segment, Parameters: f.statement.Keep}
	if f.fields == "" {
		a.Body, a.ContentType = encode(members), "application/json"
		return a, true
	}
	a.Body, a.ContentType = []byte(encodeForm(members)), "application/x-www-form-urlencoded"
	return a, true
}

// readMembers returns the top members of a request, in JSON.
func (f *Format) readMembers(body []byte) (members map[string]json.RawMessage, isRead bool) {
	if f.fields == "" {
		return members, json.Unmarshal(body, &members) == nil
	}
	_, fields, err := f.readFields(body)
	members = map[string]json.RawMessage{}
	for _, field := range fields {
		if field.file == nil {
			members[field.name] = jsontext.AppendString(nil, field.value)
		}
	}
	return members, err == nil
}

// HasMember reports whether a request has a top member with the name.
func (f *Format) HasMember(body []byte, name string) bool {
	members, _ := f.readMembers(body)
	_, isThere := members[name]
	return isThere
}

// encodeForm returns the members as a form. A member that is no text stands there in JSON.
func encodeForm(members map[string]json.RawMessage) string {
	form := url.Values{}
	for name, value := range members {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		form.Set(name, text)
	}
	return form.Encode()
}

// AcceptsAnnouncement reports whether the answer meets the condition of the shape, if it has one.
func (f *Format) AcceptsAnnouncement(answer []byte) bool {
	return f.statement == nil || f.statement.Accepted == nil || f.statement.Accepted.IsMetBy(answer)
}

// compileStatement parses the template of the request with a statement.
func (f *Format) compileStatement() (err error) {
	if f.statement != nil {
		f.statementMembers, err = shape.ParseTemplate(f.statement.Members, shape.InsertVariables())
	}
	return err
}
