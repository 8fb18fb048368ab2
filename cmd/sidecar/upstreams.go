package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// upstreams is the value of the repeatable flag --upstream name=port. It maps the name of a declared port to the number of the port on
// which the app listens.
type upstreams map[string]int32

// String returns the pairs sorted by name and separated by commas. It implements flag.Value.
func (u upstreams) String() string {
	values := make([]string, 0, len(u))
	for _, name := range slices.Sorted(maps.Keys(u)) {
		values = append(values, fmt.Sprintf("%s=%d", name, u[name]))
	}
	return strings.Join(values, ",")
}

// Set adds one name=port with a port of 1 to 65535. It returns an error for a name that the map already has. It implements flag.Value.
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
