package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// upstreams is the repeatable flag --upstream name=port: where the app listens for a governed port.
type upstreams map[string]int32

// String lists the values in the order of their names.
func (u upstreams) String() string {
	values := make([]string, 0, len(u))
	for _, name := range slices.Sorted(maps.Keys(u)) {
		values = append(values, fmt.Sprintf("%s=%d", name, u[name]))
	}
	return strings.Join(values, ",")
}

// Set reads one value. A port is 1 to 65535; a name is given once.
func (u upstreams) Set(value string) error {
	name, number, found := strings.Cut(value, "=")
	port, err := strconv.ParseUint(number, 10, 16)
	if !found || name == "" || err != nil || port == 0 {
		return fmt.Errorf("%q is not name=port with a port of 1 to 65535", value)
	}
	if _, given := u[name]; given {
		return fmt.Errorf("port %q is given twice", name)
	}
	u[name] = int32(port)
	return nil
}
