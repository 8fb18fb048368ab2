package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

var errMalformed = errors.New("the JSON object ends too early or is malformed")

// splitObject returns the values of the members of a JSON object by name, undecoded. Empty text and JSON null have no members.
//
// The object must be valid JSON. The decoding of the AdmissionReview has validated it, so splitObject does not: a decoder would scan the
// pod twice more, which costs more than a decision from the cache. splitObject returns an error for JSON that is not an object, for an
// object that ends too early, and for a name that occurs twice, because decoders differ in which of the values they take.
func splitObject(object []byte) (map[string]json.RawMessage, error) {
	object = skipSpace(object)
	if len(object) == 0 || bytes.HasPrefix(object, []byte("null")) {
		return nil, nil
	}
	if object[0] != '{' {
		return nil, errors.New("the JSON is not an object")
	}
	members := map[string]json.RawMessage{}
	rest := skipSpace(object[1:])
	hasMember := !bytes.HasPrefix(rest, []byte("}"))
	for hasMember {
		name, value, after, err := cutMember(rest)
		if err != nil {
			return nil, err
		}
		if _, ok := members[name]; ok {
			return nil, fmt.Errorf("the member %q occurs twice", name)
		}
		members[name] = value
		// After a comma there is another member.
		rest, hasMember = bytes.CutPrefix(after, []byte(","))
		rest = skipSpace(rest)
	}
	if end, ok := bytes.CutPrefix(rest, []byte("}")); !ok || len(skipSpace(end)) > 0 {
		return nil, errMalformed
	}
	return members, nil
}

// cutMember returns the name and the value of the member at the start of text, and the text after it, without spaces at the start.
func cutMember(text []byte) (name string, value, after []byte, err error) {
	end := measureString(text)
	if end < 0 {
		return "", nil, nil, errMalformed
	}
	quoted, rest := text[:end], skipSpace(text[end:])
	// A decoder is needed only for a name with escapes, or with invalid UTF-8, which a decoder replaces.
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) {
		name = string(quoted[1 : end-1])
	} else if err := json.Unmarshal(quoted, &name); err != nil {
		return "", nil, nil, err
	}
	if len(rest) == 0 || rest[0] != ':' {
		return "", nil, nil, errMalformed
	}
	rest = skipSpace(rest[1:])
	end = measureValue(rest)
	if end < 0 {
		return "", nil, nil, errMalformed
	}
	// With this capacity, an append to the value cannot overwrite the text after it.
	return name, rest[:end:end], skipSpace(rest[end:]), nil
}

func skipSpace(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// measureValue returns the length in bytes of the JSON value at the start of text, or -1 if text ends before the value does. An object or a
// list ends where as many brackets are closed as were opened: in valid JSON their kinds match.
func measureValue(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			// Brackets in a string do not count.
			length := measureString(text[i:])
			if length < 0 {
				return -1
			}
			i += length - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		default:
			// The depth is 0 here only at the first byte of text: at the byte that closes the last object or list, the loop returns.
			if depth == 0 {
				return measureLiteral(text)
			}
			// This byte is inside an object or a list, which goes on after it.
			continue
		}
		// At depth 0 no object or list is open, so the value ends with this byte. The depth is negative only in malformed JSON.
		if depth <= 0 {
			return i + 1
		}
	}
	return -1
}

// measureLiteral returns the length in bytes of the number, true, false or null at the start of text, which is the value of a member. The
// value ends before a comma, a closing bracket or a space. measureLiteral returns -1 if one of these is at the start of text, so that there
// is no value, or if text has none of them, so that it ends before the object of the member does.
func measureLiteral(text []byte) int {
	if end := bytes.IndexAny(text, ",}] \t\r\n"); end > 0 {
		return end
	}
	return -1
}

// measureString returns the length in bytes, quotes included, of the JSON string at the start of text, or -1 if no string starts there or
// the string does not end.
func measureString(text []byte) int {
	if len(text) == 0 || text[0] != '"' {
		return -1
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			// The character after a backslash is part of the string, even if it is a quote.
			i++
		}
	}
	return -1
}
