package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/chaperone-dev/chaperone/hack/image/internal/dockerfile"
)

// Copy copies the build context into the stage's folder, once.
func (s *Stage) Copy() error {
	if s.copied {
		return nil
	}
	ignored, err := readIgnored(s.Context)
	if err != nil {
		return err
	}
	for _, source := range s.Build.Sources {
		for _, from := range source.From {
			if err := s.copySource(source, filepath.Clean(from), ignored); err != nil {
				return fmt.Errorf("COPY %s: %w", from, err)
			}
		}
	}
	s.copied = true
	return nil
}

// readIgnored reads the .dockerignore of a build context; without one nothing is ignored.
func readIgnored(root string) (*patternmatcher.PatternMatcher, error) {
	file, err := os.Open(filepath.Join(root, ".dockerignore"))
	if errors.Is(err, fs.ErrNotExist) {
		return patternmatcher.New(nil)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	patterns, err := ignorefile.ReadAll(file)
	if err != nil {
		return nil, err
	}
	return patternmatcher.New(patterns)
}

// copySource copies a file, or a folder's content, that the build context does not leave out.
func (s *Stage) copySource(source dockerfile.Source, from string, ignored *patternmatcher.PatternMatcher) error {
	if !filepath.IsLocal(from) {
		return errors.New("leads out of the build context")
	}
	copied := 0
	err := filepath.WalkDir(filepath.Join(s.Context, from), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inContext, err := filepath.Rel(s.Context, path)
		if err != nil {
			return err
		}
		if skip, err := ignored.MatchesOrParentMatches(inContext); skip || err != nil {
			return err
		}
		copied++
		return copyFile(path, s.pathOf(destinationOf(source, from, inContext)), entry)
	})
	if err == nil && copied == 0 {
		return errors.New(".dockerignore leaves out all of it")
	}
	return err
}

// destinationOf returns where a file of a source goes: a file under its name in a folder or to the path itself, a folder's content
// below the path.
func destinationOf(source dockerfile.Source, from, file string) string {
	below, err := filepath.Rel(from, file)
	if err != nil || below != "." {
		return filepath.Join(source.To, below)
	}
	if source.IntoFolder {
		return filepath.Join(source.To, filepath.Base(file))
	}
	return source.To
}

// copyFile copies a plain file. Links are refused: they could lead out of the context.
func copyFile(from, to string, entry fs.DirEntry) error {
	if !entry.Type().IsRegular() {
		return fmt.Errorf("%s is not a plain file", from)
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}
