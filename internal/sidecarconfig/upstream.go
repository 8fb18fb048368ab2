package sidecarconfig

import (
	"errors"
	"fmt"
)

// WithUpstreams returns a copy of the configuration in which every port has an upstream, and the ports that have none and are left out.
// portNumbers maps the name of a declared port to the number of the port on which the app listens, 1 to 65535. A number takes precedence
// over the Upstream in the file. It is an error if a number is out of bounds. WithUpstreams ignores names that the configuration does not
// have, because a reload may have removed the port.
func (c Config) WithUpstreams(portNumbers map[string]int32) (served Config, without []Port, err error) {
	var p problems
	ports := make([]Port, 0, len(c.Ports))
	for i, port := range c.Ports {
		if number, given := portNumbers[port.Name]; given {
			p.checkBounds(fmt.Sprintf("ports[%d].upstream", i), int64(number), 1, 65535)
			port.Upstream = fmt.Sprintf("http://127.0.0.1:%d", number)
		}
		if port.Upstream == "" {
			without = append(without, port)
			continue
		}
		ports = append(ports, port)
	}
	if len(p) > 0 {
		return Config{}, nil, errors.Join(p...)
	}
	c.Ports = ports
	return c, without, nil
}
