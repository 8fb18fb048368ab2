package main

import (
	"net"
	"testing"
)

func TestMakeListen(t *testing.T) {
	tests := map[string]struct {
		host, address, want string
	}{
		"an address without a host: on the host":  {"127.0.0.1", ":0", "127.0.0.1"},
		"an address with a host: as it says":      {"127.0.0.2", "127.0.0.1:0", "127.0.0.1"},
		"no host: on all interfaces, as in a pod": {"", ":0", "::"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			listener, err := makeListen(tc.host)("tcp", tc.address)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = listener.Close() }()
			got := listener.Addr().(*net.TCPAddr).IP
			if tc.host == "" && got.IsUnspecified() {
				return
			}
			if got.String() != tc.want {
				t.Errorf("listens on %s, want %s", got, tc.want)
			}
		})
	}
	if _, err := makeListen("")("tcp", "nonsense"); err == nil {
		t.Error("an address without a port is taken")
	}
}
