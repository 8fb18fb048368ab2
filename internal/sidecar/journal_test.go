package sidecar

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func loadTestConfig(t *testing.T, o Options) *loadedConfig {
	t.Helper()
	file, err := sidecarconfig.Config{
		Version: sidecarconfig.Version, Chatbot: "shop/support", Revision: "rev1",
		Ports: []sidecarconfig.Port{{Name: "http", Shape: sidecarconfig.DefaultShape, Parameters: map[string]string{"path": "/chat"}, Listen: ":23100", Upstream: "http://127.0.0.1:8080"}},
	}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	shared, err := newShared(t.Context(), o.withDefaults(), &guard{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := shared.load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPortThatIsGoneIsRefused(t *testing.T) {
	var records bytes.Buffer
	active := loadTestConfig(t, Options{Audit: &records})
	s := &Server{shared: active.shared, openExchanges: newOpenExchanges()}
	s.active.Store(active)
	for name, address := range map[string]string{"chat": ":23109", "another": ":23110"} {
		t.Run(name, func(t *testing.T) {
			records.Reset()
			out := httptest.NewRecorder()
			s.newPortHandler(address).ServeHTTP(out, httptest.NewRequest(http.MethodPost, "/chat", strings.NewReader("{}")))
			if out.Code != http.StatusServiceUnavailable || !strings.Contains(out.Body.String(), `"rule":"sidecar.port_gone"`) {
				t.Errorf("status %d: %s", out.Code, out.Body)
			}
			s.shared.sink.flush(time.Minute)
			if !strings.Contains(records.String(), `"rule":"sidecar.port_gone","status":503`) {
				t.Errorf("record is %s", records.String())
			}
		})
	}
}
