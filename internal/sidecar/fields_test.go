package sidecar_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// hookRoutes are the routes of an app that takes the text of a person in the query, in a form, and in a form with files.
const hookRoutes = theirRoute + `
- {name: query, method: GET, path: /ask, use: turn, request: asked}
- {name: form, method: POST, path: /ask, type: application/x-www-form-urlencoded, use: turn, request: form}
- {name: parts, method: POST, path: /ask, type: multipart/form-data, use: turn, request: parts}
requests:
  asked: {fields: query, places: [{at: $, is: message, author: user}, {at: $.text, is: prose}, {at: $.session, is: identifier}]}
  form: {fields: form, places: [{at: $, is: message, author: user}, {at: $.text, is: prose}, {at: $.note, is: dropped}]}
  parts: {fields: multipart, files: [file], places: [{at: $, is: message, author: user}, {at: $.text, is: prose}]}
`

func newHookHarness(t *testing.T) *harness {
	t.Helper()
	return newRoutesHarness(t, answerText("Hi"), nil, theirRoute, hookRoutes)
}

// checkHook checks that the person got an answer with the statement, and returns what the app got.
func (h *harness) checkHook(got answer) received {
	h.t.Helper()
	if text := readText(h.t, got.body); got.status != 200 || text != statement+"\n\nHi" {
		h.t.Fatalf("answer is %d %s", got.status, got.body)
	}
	seen := h.listReceived()
	if len(seen) != 1 {
		h.t.Fatalf("the app saw %v", seen)
	}
	return seen[0]
}

// TestTextInTheQuery: a GET request carries the message of a person.
func TestTextInTheQuery(t *testing.T) {
	h := newHookHarness(t)
	values := url.Values{"text": {"I am " + mail + " & Ünal"}, "session": {"4111111111111111"}, "tag": {"a", mail}, "empty": {""}}
	seen := h.checkHook(h.send(http.MethodGet, "http://"+h.address(listen)+"/ask?"+values.Encode(), ""))
	got, err := url.Parse(seen.URI)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"text": {"I am [redacted:email] & Ünal"}, "session": {"4111111111111111"}, "tag": {"a", "[redacted:email]"}, "empty": {""},
	}
	if diff := cmp.Diff(want, got.Query()); diff != "" || seen.Body != "" {
		t.Errorf("the app saw %s with the body %q, query (-want +got):\n%s", seen.URI, seen.Body, diff)
	}
	if r := h.takeRecord(); r.Use != shape.UseTurn || r.Redacted["request"]["email"] != 2 || r.RequestBytes == 0 {
		t.Errorf("record is %+v", r)
	}
}

func TestTextInAForm(t *testing.T) {
	h := newHookHarness(t)
	values := url.Values{"text": {"I am " + mail}, "note": {"x"}, "other": {"+44 20 7946 0958"}}
	res, err := http.PostForm("http://"+h.address(listen)+"/ask", values)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := url.ParseQuery(h.checkHook(answer{status: res.StatusCode, body: string(body)}).Body)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"text": {"I am [redacted:email]"}, "other": {"[redacted:phone]"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

// newParts returns a multipart body with texts and a file, and its Content-Type.
func newParts(t *testing.T, fileField, fileName, content string) (body, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, value := range []string{"I am " + mail, "Hello"} {
		if err := w.WriteField("text", value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := w.CreateFormFile(fileField, fileName)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(file, content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), w.FormDataContentType()
}

// TestTextInAFormWithFiles: texts and names of files are redacted, files stay.
func TestTextInAFormWithFiles(t *testing.T) {
	h := newHookHarness(t)
	content := "\x89PNG\r\n\x00 " + mail
	body, contentType := newParts(t, "file", "of "+mail+", photo.png", content)
	seen := h.checkHook(h.sendRaw("POST", "/ask", body, "Content-Type", contentType))
	r := &http.Request{Method: "POST", Header: seen.Header, Body: io.NopCloser(strings.NewReader(seen.Body))}
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		t.Fatalf("the app cannot read %q: %v", seen.Body, err)
	}
	if diff := cmp.Diff([]string{"I am [redacted:email]", "Hello"}, r.MultipartForm.Value["text"]); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	part := r.MultipartForm.File["file"][0]
	file, err := part.Open()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(file)
	if err != nil || string(got) != content || part.Filename != "of [redacted:email], photo.png" || part.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("file is %q %q %v, error %v", part.Filename, got, part.Header, err)
	}
}

func TestFieldsThatAreRefused(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	parts, contentType := newParts(t, "photo", "a.png", "x")
	boundary := strings.TrimPrefix(contentType, "multipart/form-data; boundary=")
	part := func(header, content string) string {
		return "--b\r\n" + header + "\r\n\r\n" + content + "\r\n--b--\r\n"
	}
	const named, ofB = `Content-Disposition: form-data; name="text"`, "multipart/form-data; boundary=b"
	cases := map[string]struct {
		method, path, body, contentType string
		status                          int
		rule                            string
	}{
		"semicolons":                 {"POST", "/ask", "text=a;text=b", form, 400, "sidecar.body_malformed"},
		"broken escape":              {"POST", "/ask", "text=%zz", form, 400, "sidecar.body_malformed"},
		"broken UTF-8":               {"POST", "/ask", "text=%ff", form, 400, "sidecar.body_malformed"},
		"many fields":                {"POST", "/ask", strings.Repeat("a=1&", 101), form, 400, "sidecar.body_malformed"},
		"other character set":        {"POST", "/ask", "text=a", form + "; charset=utf-16", 415, "sidecar.content_type"},
		"personal data in a name":    {"POST", "/ask", "text=a&joe%40shop.example=b", form, 422, "sidecar.name_personal"},
		"name in other letters":      {"POST", "/ask", "text=a&TEXT=b", form, 400, "sidecar.body_shape"},
		"broken query":               {"GET", "/ask?text=%zz", "", "", 400, "sidecar.body_malformed"},
		"query with a body":          {"GET", "/ask?text=a", "x", "", 400, "sidecar.body_malformed"},
		"file that is not declared":  {"POST", "/ask", parts, contentType, 422, "sidecar.part_unreadable"},
		"another boundary":           {"POST", "/ask", parts, "multipart/form-data; boundary=x" + boundary, 400, "sidecar.body_malformed"},
		"text before the parts":      {"POST", "/ask", "a\r\n" + parts, contentType, 400, "sidecar.body_malformed"},
		"no end of the parts":        {"POST", "/ask", strings.TrimSuffix(part(named, "a"), "\r\n--b--\r\n"), ofB, 400, "sidecar.body_malformed"},
		"part without a name":        {"POST", "/ask", part("Content-Disposition: form-data", "a"), ofB, 400, "sidecar.body_malformed"},
		"part in base64":             {"POST", "/ask", part(named+"\r\nContent-Transfer-Encoding: base64", "YQ=="), ofB, 400, "sidecar.body_malformed"},
		"part that is no text":       {"POST", "/ask", part(named, "\xff"), ofB, 400, "sidecar.body_malformed"},
		"form that no route can use": {"POST", "/ask", "{}", "application/json", 400, "sidecar.route_unknown"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHookHarness(t)
			var header []string
			if tc.contentType != "" {
				header = []string{"Content-Type", tc.contentType}
			}
			h.checkRefusal(h.sendRaw(tc.method, tc.path, tc.body, header...), tc.status, tc.rule, 0)
		})
	}
}
