package manifest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Limits of the input. An object in etcd is at most 1.5 MiB, so a file of 10 MiB holds any sensible number of chatbots.
const (
	// MaxFileBytes bounds one file.
	MaxFileBytes = 10 << 20
	// MaxExpandedBytes bounds one file after its YAML aliases were expanded.
	MaxExpandedBytes = 4 * MaxFileBytes
	// MaxDocuments bounds the documents of one file, and the objects that they hold after lists were expanded.
	MaxDocuments = 10_000
)

// document is one document of a file, as JSON.
type document struct {
	origin Origin
	data   []byte
}

// expand replaces each folder with its YAML and JSON files, sorted by path. If recursive is set, it includes the files of subfolders.
// It keeps all other paths.
func expand(paths []string, recursive bool) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if path == "-" || err != nil || !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := listManifests(path, recursive)
		if err != nil {
			return nil, &Problem{Origin: Origin{File: path}, Message: fmt.Sprintf("cannot be read (%v): name a readable folder", err)}
		}
		if len(found) == 0 {
			return nil, &Problem{Origin: Origin{File: path}, Message: "no .yaml, .yml or .json file is in this folder: name another, or look into its subfolders with --recursive"}
		}
		files = append(files, found...)
	}
	return files, nil
}

// listManifests returns the YAML and JSON files of a folder. The folder may be a symbolic link, but listManifests does not follow
// symbolic links in it to other folders.
func listManifests(folder string, recursive bool) ([]string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && !recursive:
			return fs.SkipDir
		case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)):
			files = append(files, filepath.Join(folder, filepath.FromSlash(path)))
		}
		return nil
	})
	return files, err
}

// load reads a file ("-" is stdin) of at most MaxFileBytes.
func load(path string, stdin io.Reader) ([]byte, error) {
	problem := func(format string, args ...any) error {
		return &Problem{Origin: Origin{File: path}, Message: fmt.Sprintf(format, args...)}
	}
	in := stdin
	if path != "-" {
		file, err := os.Open(filepath.Clean(path))
		if err != nil {
			return nil, problem("cannot be opened (%v): name an existing, readable file", errors.Unwrap(err))
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, MaxFileBytes+1))
	if err != nil {
		return nil, problem("cannot be read (%v): name an existing, readable file", err)
	}
	if len(data) > MaxFileBytes {
		return nil, problem("is larger than %d bytes: split it", MaxFileBytes)
	}
	return data, nil
}

// split returns the documents of a file that are not empty. A file is JSON if it holds only JSON objects, one after the other; any other
// file is YAML. split returns a problem for each document that it cannot read, together with the other documents.
func split(path string, data []byte) ([]document, []error) {
	if documents, isJSON := splitJSON(path, data); isJSON {
		if len(documents) > MaxDocuments {
			return nil, []error{newTooManyError(path)}
		}
		return documents, nil
	}
	return splitYAML(path, data)
}

func splitYAML(path string, data []byte) ([]document, []error) {
	var documents []document
	var problems []error
	left := MaxExpandedBytes
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for number := 1; ; number++ {
		origin := Origin{File: path, Document: number}
		if number > MaxDocuments {
			return nil, []error{newTooManyError(path)}
		}
		raw, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, problems
		}
		if err != nil {
			return documents, append(problems, &Problem{Origin: origin, Message: fmt.Sprintf("is not YAML (%v): correct it", err)})
		}
		converted, size, err := toJSON(raw, left)
		left -= size
		if err != nil {
			problems = append(problems, &Problem{Origin: origin, Message: fmt.Sprintf("is not YAML (%v): correct it", err)})
			continue
		}
		if !bytes.Equal(converted, []byte("null")) {
			documents = append(documents, document{origin: origin, data: converted})
		}
	}
}

// toJSON also returns the size of the document with its aliases expanded, which must not be above limit.
func toJSON(raw []byte, limit int) (converted []byte, size int, err error) {
	if size, err = measure(raw, limit); err != nil {
		return nil, 0, err
	}
	converted, err = yaml.YAMLToJSONStrict(raw)
	return converted, size, err
}

// splitJSON reports false for data that is not JSON objects alone. It stops behind MaxDocuments.
func splitJSON(path string, data []byte) ([]document, bool) {
	if begins := bytes.TrimSpace(data); len(begins) == 0 || begins[0] != '{' {
		return nil, false
	}
	var documents []document
	decoder := json.NewDecoder(bytes.NewReader(data))
	for len(documents) <= MaxDocuments {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return documents, true
		}
		if err != nil {
			return nil, false
		}
		documents = append(documents, document{origin: Origin{File: path, Document: len(documents) + 1}, data: raw})
	}
	return documents, true
}

func newTooManyError(path string) error {
	return &Problem{Origin: Origin{File: path}, Message: fmt.Sprintf("has more than %d documents: split it", MaxDocuments)}
}
