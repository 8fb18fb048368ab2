package products

import (
	"encoding/json"
	"flag"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pictures makes the tests write what the person sees to the pages of the shapes.
var pictures = flag.Bool("pictures", false, "write pictures to docs/shapes/pictures")

// browser is the browser of one person.
type browser struct {
	t *testing.T
	*program
}

// command is what the browser shall do. See browser.mjs.
type command struct {
	Do       string   `json:"do"`
	URL      string   `json:"url,omitempty"`
	Selector string   `json:"selector,omitempty"`
	Text     string   `json:"text,omitempty"`
	Want     []string `json:"want"`
	Path     string   `json:"path,omitempty"`
}

// startBrowser starts a browser, which ends with the test. See browser.mjs for further arguments.
func startBrowser(t *testing.T, arguments ...string) *browser {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	require(t, err)
	return &browser{t, startNode(t, ".", "browser.mjs", append([]string{chromium}, arguments...)...)}
}

// do has the browser carry out a command, and returns what comes of it.
func (b *browser) do(c command) []string {
	b.t.Helper()
	line, err := json.Marshal(c)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.input.Write(append(line, '\n')); err != nil {
		b.t.Fatal(err)
	}
	var result struct {
		Value []string
		Error string
	}
	if err := json.Unmarshal([]byte(b.readLine(b.t)), &result); err != nil {
		b.t.Fatal(err)
	}
	if result.Error != "" {
		b.t.Fatalf("%s %s%s: %s", c.Do, c.URL, c.Selector, result.Error)
	}
	return result.Value
}

// open shows a page to a person who has not seen it before.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do(command{Do: "open", URL: url})
}

// reload loads the page again.
func (b *browser) reload() {
	b.t.Helper()
	b.do(command{Do: "reload"})
}

// write puts a text into a field of the page, and sends it.
func (b *browser) write(selector, text string) {
	b.t.Helper()
	b.do(command{Do: "write", Selector: selector, Text: text})
}

// expect waits until the elements of the page have the texts, as a person reads them.
func (b *browser) expect(selector string, want ...string) {
	b.t.Helper()
	got := b.do(command{Do: "read", Selector: selector, Want: want})
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Fatalf("the person sees (-want +got):\n%s\nrequests are %q", diff, b.listRequests())
	}
}

// listRequests returns what the page has asked for since it was opened, each with the status of the response, and the errors of the page.
func (b *browser) listRequests() []string {
	b.t.Helper()
	return b.do(command{Do: "list"})
}

// picture writes what the person sees to a file of the documentation, if that is asked for.
func (b *browser) picture(name string) {
	b.t.Helper()
	if !*pictures {
		return
	}
	path, err := filepath.Abs(filepath.Join("../../docs/shapes/pictures", name+".png"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(command{Do: "picture", Path: path})
}
