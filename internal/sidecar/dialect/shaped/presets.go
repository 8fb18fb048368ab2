package shaped

import (
	"fmt"
	"sync"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
)

// Presets returns the dialects of the shapes that Chaperone brings, with the default values of their parameters, by name. The caller must not change the map.
var Presets = sync.OnceValues(compilePresets)

func compilePresets() (map[string]dialect.Format, error) {
	list, err := shape.Presets()
	if err != nil {
		return nil, fmt.Errorf("load presets: %w", err)
	}
	formats := make(map[string]dialect.Format, len(list))
	for _, s := range list {
		if formats[s.Name], err = CompileUsual(s); err != nil {
			return nil, err
		}
	}
	return formats, nil
}

// CompileUsual returns the dialect of a shape with the default values of its parameters.
func CompileUsual(s *shape.Shape) (dialect.Format, error) {
	usual, err := s.With(nil)
	if err != nil {
		return nil, fmt.Errorf("expand shape %s: %w", s.Name, err)
	}
	format, err := Compile(usual)
	if err != nil {
		return nil, fmt.Errorf("compile shape %s: %w", s.Name, err)
	}
	return format, nil
}
