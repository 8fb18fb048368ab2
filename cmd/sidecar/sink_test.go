package main_test

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// TestStandardOutputThatIsClosed: the process lives and refuses exchanges, until somebody reads the records again.
func TestStandardOutputThatIsClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	// Opened for both, so that opening the other end does not wait.
	reader, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	output, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := startWith(t, bot.Handler(bot.Options{}), output)
	_ = output.Close()
	_ = reader.Close()

	if status, _ := p.ask(t, "Hello", false); status != http.StatusOK {
		t.Errorf("status is %d before a record failed", status)
	}
	p.eventually(t, "/readyz", `"auditAvailable":false`)
	if status, got := p.ask(t, "Hello", false); status != http.StatusServiceUnavailable || !strings.Contains(got, "sidecar.audit_unavailable") {
		t.Errorf("while records cannot be written: %d, %s", status, got)
	}

	reader, err = os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	p.eventually(t, "/readyz", `"auditAvailable":true`)
	if status, _ := p.ask(t, "Hello", false); status != http.StatusOK {
		t.Errorf("status is %d when records can be written again", status)
	}
	p.records = bufio.NewReader(reader)
	for _, want := range []string{"answered", "refused", "answered"} {
		if r := p.record(t); r["outcome"] != want {
			t.Errorf("record is %v, want %s", r, want)
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
}
