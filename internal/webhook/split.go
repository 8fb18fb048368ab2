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
// The object must be valid JSON. controller-runtime validates it when it decodes the AdmissionReview, so splitObject does not: a decoder
// would scan the pod twice more, which costs more than a decision from the cache. Errors: JSON that is not an object; an object that
// ends too early; a name that occurs twice, because decoders differ in which of the values they take.
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
	for more := !bytes.HasPrefix(rest, []byte("}")); more; {
		name, value, after, err := cutMember(rest)
		if err != nil {
			return nil, err
		}
		if _, ok := members[name]; ok {
			return nil, fmt.Errorf("the member %q occurs twice", name)
		}
		members[name] = value
		if rest, more = bytes.CutPrefix(after, []byte(",")); more {
			rest = skipSpace(rest)
		}
	}
	if end, ok := bytes.CutPrefix(rest, []byte("}")); !ok || len(skipSpace(end)) > 0 {
		return nil, errMalformed
	}
	return members, nil
}

// cutMember returns the name and the value of the first member of text, and the text after the value.
func cutMember(text []byte) (name string, value, after []byte, err error) {
	end := measureString(text)
	if end < 0 {
		return "", nil, nil, errMalformed
	}
	quoted, rest := text[:end], skipSpace(text[end:])
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
	return name, rest[:end:end], skipSpace(rest[end:]), nil
}

func skipSpace(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// measureValue returns the length in bytes of the JSON value at the start of text, -1 when text ends before the value does.
func measureValue(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
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
			if depth == 0 {
				return measureLiteral(text)
			}
			continue
		}
		if depth <= 0 {
			return i + 1
		}
	}
	return -1
}

// measureLiteral returns the length in bytes of the number, true, false or null at the start of text, -1 when there is none.
func measureLiteral(text []byte) int {
	if end := bytes.IndexAny(text, ",}] \t\r\n"); end > 0 {
		return end
	}
	return -1
}

// measureString returns the length in bytes, quotes included, of the JSON string at the start of text, -1 when there is none.
func measureString(text []byte) int {
	if len(text) == 0 || text[0] != '"' {
		return -1
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}
