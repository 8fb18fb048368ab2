package shaped

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// maxFields is the largest number of fields in a form or a query. Forms of chats have below ten.
const maxFields = 100

// field is a field of a form, of a query or of a multipart body.
type field struct {
	name, value string
	// file is the part as it came, for a file; nil for a text.
	file *multipart.Part
	// content is that of the file.
	content []byte
	// isDocument means that the value is a JSON document.
	isDocument bool
}

// isForm reports whether a Content-Type is that of a form in UTF-8.
func isForm(contentType string) bool {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	charset, hasCharset := parameters["charset"]
	return err == nil && mediaType == "application/x-www-form-urlencoded" && (!hasCharset || strings.EqualFold(charset, "utf-8"))
}

// isMultipart reports whether a Content-Type is that of a multipart form.
func isMultipart(contentType string) bool {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == "multipart/form-data" && parameters["boundary"] != ""
}

// rewriteFields rewrites a request that consists of fields. The document sees them as the members of one JSON object, whose values are texts, or
// lists of texts for names that stand there several times.
func (f *Format) rewriteFields(dst, body []byte, v dialect.Visitor) ([]byte, dialect.Request, error) {
	boundary, fields, err := f.readFields(body)
	if err != nil {
		return dst, dialect.Request{}, err
	}
	if err := f.markDocuments(fields); err != nil {
		return dst, dialect.Request{}, err
	}
	object, read, err := rewriteDocument(nil, appendFields(nil, fields), f.request, v)
	if err != nil {
		return dst, read, err
	}
	if fields, err = replaceFields(fields, object); err != nil {
		return dst, read, err
	}
	if f.fields != shape.FieldsInParts {
		return appendForm(dst, fields), read, nil
	}
	dst, err = appendParts(dst, boundary, fields, v)
	return dst, read, err
}

// readFields returns the fields of a request in their order, and the boundary of a multipart body.
func (f *Format) readFields(body []byte) (boundary string, fields []field, err error) {
	if f.fields == shape.FieldsInParts {
		return readParts(body, f.files)
	}
	fields, err = readForm(string(body))
	return "", fields, err
}

// markDocuments marks the fields whose text is a JSON document. It refuses other texts there: apps would read what the sidecar cannot.
func (f *Format) markDocuments(fields []field) error {
	for i := range fields {
		if fields[i].file != nil || !slices.Contains(f.documents, fields[i].name) {
			continue
		}
		fields[i].isDocument = true
		if !json.Valid([]byte(fields[i].value)) {
			return refuseForm("A field of the form or query is no JSON document.")
		}
	}
	return nil
}

// refuseForm refuses a form or a query.
func refuseForm(what string) error {
	return refusal.Because(refusal.BodyMalformed, what).
		WithRemedy("Send few fields in UTF-8, encoded as a form in the type that the route has.")
}

// readForm reads the fields of a form or of a query.
func readForm(body string) ([]field, error) {
	var fields []field
	if body == "" {
		return nil, nil
	}
	for pair := range strings.SplitSeq(body, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		isText := utf8.ValidString(name) && utf8.ValidString(value)
		// Some servers separate fields at a semicolon.
		if nameErr != nil || valueErr != nil || !isText || strings.Contains(pair, ";") {
			return nil, refuseForm("The form or query is malformed.")
		}
		if fields = append(fields, field{name: name, value: value}); len(fields) > maxFields {
			return nil, refuseForm("The form or query has too many fields.")
		}
	}
	return fields, nil
}

// readParts reads the fields of a multipart body, which begins with its boundary. files lists the fields that are files.
func readParts(body []byte, files []string) (boundary string, fields []field, err error) {
	line, _, _ := bytes.Cut(body, []byte("\r\n"))
	boundary, isBoundary := strings.CutPrefix(string(line), "--")
	if !isBoundary || multipart.NewWriter(io.Discard).SetBoundary(boundary) != nil {
		return "", nil, refuseForm("The multipart body does not begin with its boundary.")
	}
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return boundary, fields, nil
		}
		if err != nil || len(fields) == maxFields {
			return "", nil, refuseForm("The multipart body is malformed, or has too many fields.")
		}
		next, err := readPart(part, files)
		if err != nil {
			return "", nil, err
		}
		fields = append(fields, next)
	}
}

// readPart reads a part of a multipart body.
func readPart(part *multipart.Part, files []string) (field, error) {
	content, err := io.ReadAll(part)
	coding := part.Header.Get("Content-Transfer-Encoding")
	isPlain := coding == "" || slices.Contains([]string{"7bit", "8bit", "binary"}, strings.ToLower(coding))
	if err != nil || part.FormName() == "" || !isPlain {
		return field{}, refuseForm("A part of the multipart body is incomplete, has no name, or is encoded.")
	}
	if part.FileName() != "" {
		if !slices.Contains(files, part.FormName()) && !slices.Contains(files, shape.AnyValue) {
			return field{}, refusal.Because(refusal.PartUnreadable, "A field of the form is a file, which the route does not admit there.")
		}
		return field{name: part.FormName(), file: part, content: content}, nil
	}
	if !utf8.Valid(content) {
		return field{}, refuseForm("A part of the multipart body is no text in UTF-8.")
	}
	return field{name: part.FormName(), value: string(content)}, nil
}

// appendFields appends the JSON object of the texts. The names are in the order in which they come first.
func appendFields(dst []byte, fields []field) []byte {
	dst = append(dst, '{')
	for i, f := range fields {
		isFirst := !slices.ContainsFunc(fields[:i], func(earlier field) bool { return earlier.name == f.name && earlier.file == nil })
		if f.file != nil || !isFirst {
			continue
		}
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = append(jsontext.AppendString(dst, f.name), ':')
		dst = appendValues(dst, f.name, fields[i:])
	}
	return append(dst, '}')
}

// appendValues appends the texts of the fields with the name: a string if there is one field, and a list if there are several.
func appendValues(dst []byte, name string, fields []field) []byte {
	start, count := len(dst), 0
	for _, f := range fields {
		if f.name != name || f.file != nil {
			continue
		}
		if count > 0 {
			dst = append(dst, ',')
		}
		if f.isDocument {
			dst = append(dst, f.value...)
		} else {
			dst = jsontext.AppendString(dst, f.value)
		}
		count++
	}
	if count == 1 {
		return dst
	}
	return append(slices.Insert(dst, start, '['), ']')
}

// replaceFields returns the fields with the values of the rewritten object. Texts that became null are left out.
func replaceFields(fields []field, object []byte) ([]field, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, refusal.New(refusal.Internal)
	}
	values := map[string][]json.RawMessage{}
	var replaced []field
	for _, f := range fields {
		if f.file != nil {
			replaced = append(replaced, f)
			continue
		}
		if _, isSplit := values[f.name]; !isSplit {
			values[f.name] = splitValues(members[f.name], fields, f.name)
		}
		value := values[f.name][0]
		values[f.name] = values[f.name][1:]
		if f.isDocument {
			f.value = string(value)
		} else if json.Unmarshal(value, &f.value) != nil || string(value) == "null" {
			continue
		}
		replaced = append(replaced, f)
	}
	return replaced, nil
}

// splitValues returns the value of each field with the name, of which the member holds one or a list.
func splitValues(member json.RawMessage, fields []field, name string) []json.RawMessage {
	count := 0
	for _, f := range fields {
		if f.name == name && f.file == nil {
			count++
		}
	}
	var values []json.RawMessage
	if count > 1 && json.Unmarshal(member, &values) == nil && len(values) == count {
		return values
	}
	return slices.Repeat([]json.RawMessage{member}, count)
}

// appendForm appends the fields as a form.
func appendForm(dst []byte, fields []field) []byte {
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(append(append(dst, url.QueryEscape(f.name)...), '='), url.QueryEscape(f.value)...)
	}
	return dst
}

// appendParts appends the fields as a multipart body. Their texts are rewritten already; here the visitor replaces the names of files, whose
// content stays.
func appendParts(dst []byte, boundary string, fields []field, v dialect.Visitor) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	w := multipart.NewWriter(out)
	if err := w.SetBoundary(boundary); err != nil {
		return dst, refusal.New(refusal.Internal)
	}
	for _, f := range fields {
		if err := appendPart(w, f, v); err != nil {
			return dst, err
		}
	}
	if err := w.Close(); err != nil {
		return dst, refusal.New(refusal.Internal)
	}
	return out.Bytes(), nil
}

// appendPart writes a field. Writes to the buffer of the body do not fail.
func appendPart(w *multipart.Writer, f field, v dialect.Visitor) error {
	header, content := textproto.MIMEHeader{}, []byte(f.value)
	header.Set("Content-Disposition", `form-data; name="`+quotes.Replace(f.name)+`"`)
	if f.file != nil {
		name, err := replaceText(f.file.FileName(), v)
		if err != nil {
			return err
		}
		content = f.content
		header.Set("Content-Disposition", multipart.FileContentDisposition(f.name, name))
		header["Content-Type"] = f.file.Header["Content-Type"]
	}
	part, err := w.CreatePart(header)
	if err != nil {
		return refusal.New(refusal.Internal)
	}
	_, _ = part.Write(content)
	return nil
}

// quotes escapes the name of a field as browsers do.
var quotes = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A")

// replaceText returns a text as the visitor replaces it.
func replaceText(text string, v dialect.Visitor) (string, error) {
	out, changed, err := v.VisitSegment(nil, &dialect.Segment{Text: []byte(text)})
	if err != nil || !changed {
		return text, err
	}
	return string(out), nil
}
