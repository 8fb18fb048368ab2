package main_test

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

// TestSidecarStartsOnlyWithASignature: a sidecar with --trust, as in governed pods, starts with what the key has signed, and with nothing else.
func TestSidecarStartsOnlyWithASignature(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	trusted := seal.FormatKey(key.Public().(ed25519.PublicKey))
	p := newProcess(t, "http://127.0.0.1:1")
	sign := func(chatbot string, config []byte) []byte {
		now := time.Now()
		signature, err := seal.Sign(seal.Statement{
			Chatbot: chatbot, Serial: 7, NotBefore: now.Add(-time.Hour), Expires: now.Add(time.Hour), Digest: seal.ComputeDigest(config),
		}, key)
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	tests := map[string]struct {
		signature []byte
		args      []string
		want      string
	}{
		"signed":                     {sign("shop/support", p.file(t)), []string{"--trust", trusted, "--chatbot", "shop/support"}, ""},
		"not signed":                 {nil, []string{"--trust", trusted, "--chatbot", "shop/support"}, "the configuration is not signed"},
		"another chatbot":            {sign("shop/other", p.file(t)), []string{"--trust", trusted, "--chatbot", "shop/support"}, "it is signed for the chatbot shop/other"},
		"another file":               {sign("shop/support", nil), []string{"--trust", trusted, "--chatbot", "shop/support"}, "the signature is that of another file"},
		"no key":                     {nil, nil, "--trust is missing"},
		"no chatbot":                 {nil, []string{"--trust", trusted}, "--chatbot is missing"},
		"a key that is none":         {nil, []string{"--trust", "key", "--chatbot", "shop/support"}, `"key" is not a public key`},
		"a key, and none is needed":  {nil, []string{"--trust", trusted, "--unsigned"}, "exclude each other"},
		"the serial cannot be saved": {sign("shop/support", p.file(t)), []string{"--trust", trusted, "--chatbot", "shop/support", "--state", "/dev/null/state"}, "serial of the"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p.config = filepath.Join(t.TempDir(), "config.json")
			p.write(t)
			if tc.signature != nil {
				if err := os.WriteFile(p.config+".signature", tc.signature, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			state := t.TempDir()
			cmd := newCommand(t, append([]string{"--config", p.config, "--admin", p.admin, "--egress", freePort(t), "--state", state}, tc.args...)...)
			if tc.want != "" {
				if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), tc.want) {
					t.Errorf("ended with %v: %s, want %q", err, out, tc.want)
				}
				return
			}
			startProcess(t, cmd)
			p.eventually(t, "/readyz", `"serial":7`)
			if serial, err := os.ReadFile(filepath.Join(state, "serial")); err != nil || string(serial) != "7\n" {
				t.Errorf("serial %q, %v", serial, err)
			}
		})
	}
}

// startProcess starts the command, and ends it with the test.
func startProcess(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
}
