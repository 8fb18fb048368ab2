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
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Limits of the input. A declaration takes a few KiB, so a file of 10 MiB can hold thousands of declarations.
const (
	// MaxFileBytes bounds one file.
	MaxFileBytes = 10 << 20
	// MaxExpandedBytes bounds one file with its YAML aliases expanded, so that aliases of aliases cannot fill the memory.
	MaxExpandedBytes = 4 * MaxFileBytes
	// MaxDocuments bounds the documents of one file, and also the objects in them, where each item of a list is an object.
	MaxDocuments = 10_000
)

// document is one document of a file.
type document struct {
	origin Origin
	// data is the document as JSON.
	data []byte
}

// expand replaces each folder with its YAML and JSON files, sorted by path. If recursive is set, it includes the files of subfolders.
// It keeps all other paths, and Load reports those that do not exist. It notes in left the files of folders that it leaves out. It returns a
// problem for each folder that cannot be read or has no such file.
func expand(paths []string, recursive bool, left leftOut) (files []string, problems []error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if path == "-" || err != nil || !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, folderProblems := listManifests(path, recursive)
		if len(found) == 0 && len(folderProblems) == 0 {
			folderProblems = []error{&Problem{Origin: Origin{File: path}, Message: "no .yaml, .yml or .json file is in this folder: name another, or look into its subfolders with --recursive"}}
		}
		files, problems = append(files, left.leaveOut(found)...), append(problems, folderProblems...)
	}
	return files, problems
}

// listManifests returns the YAML and JSON files of a folder, with a problem for each folder that cannot be read. The folder may be a
// symbolic link, but listManifests does not follow symbolic links in it to other folders.
func listManifests(folder string, recursive bool) (files []string, problems []error) {
	visit := func(path string, entry fs.DirEntry, err error) error {
		full := filepath.Join(folder, filepath.FromSlash(path))
		switch {
		case err != nil: // Unwrapped, since the wrapper repeats the path.
			problems = append(problems, &Problem{Origin: Origin{File: full}, Message: fmt.Sprintf("cannot be read (%v): make the folder readable", errors.Unwrap(err))})
		case entry.IsDir() && path != "." && !recursive:
			return fs.SkipDir
		case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)):
			files = append(files, full)
		}
		return nil
	}
	_ = fs.WalkDir(os.DirFS(folder), ".", visit) // visit returns no error.
	return files, problems
}

// Load returns the content of the file at the path, or of stdin for the path "-". More than MaxFileBytes is an error.
func Load(path string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if path != "-" {
		file, err := openFile(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, MaxFileBytes+1)) // A result of this length shows that the file is too large.
	if err != nil {
		return nil, newFileProblem(path, "cannot be read (%v): name an existing, readable file", err)
	}
	if len(data) > MaxFileBytes {
		return nil, newFileProblem(path, "is larger than %d bytes: split it", MaxFileBytes)
	}
	return data, nil
}

// openFile opens a file to read. It opens only regular files and files that the program was started with, such as those of a shell's
// <(command). Reading a file of another kind, such as a device or a named pipe without a writer, might never end.
func openFile(path string) (*os.File, error) {
	if strings.Contains(path, "://") {
		return nil, newFileProblem(path, `is an address, and this program reads no network: pipe the content to it and name "-"`)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !isInherited(path) {
		return nil, newFileProblem(path, `is %s, not a regular file: name a file, or pass the content to standard input and name "-"`, describeMode(info.Mode()))
	}
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		cause := errors.Unwrap(err) // Unwrapped, since the text of a problem begins with the path already.
		return nil, newFileProblem(path, "cannot be opened (%v): name an existing, readable file", cause)
	}
	return file, nil
}

// newFileProblem returns a problem of a whole file.
func newFileProblem(path, format string, args ...any) error {
	return &Problem{Origin: Origin{File: path}, Message: fmt.Sprintf(format, args...)}
}

// isInherited reports whether a path names, by a file descriptor, a file that was open when the program started, such as /dev/fd/63.
func isInherited(path string) bool {
	path = filepath.Clean(path)
	return path == "/dev/stdin" || slices.Contains([]string{"/dev/fd", "/proc/self/fd"}, filepath.Dir(path))
}

// describeMode names the type of a file that is not regular for people, with its article.
func describeMode(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "a special file"
}

// split returns the documents of a file that are not empty. A file is JSON if it begins with an object and holds only JSON values. Any
// other file is YAML. split returns a problem for each document that it cannot read, together with the other documents.
func split(path string, data []byte) ([]document, []error) {
	if documents, isJSON := splitJSON(path, data); isJSON {
		if len(documents) > MaxDocuments {
			return nil, []error{newTooManyError(path)}
		}
		return documents, nil
	}
	if line, hasComment := findJSONComment(data); hasComment {
		return nil, []error{newFileProblem(path,
			"line %d has a comment, which JSON does not allow: remove it, or write YAML, where comments begin with #", line)}
	}
	return splitYAML(path, data)
}

// splitYAML returns the YAML documents of a file that are not empty, and a problem for each document that it cannot read.
func splitYAML(path string, data []byte) ([]document, []error) {
	var documents []document
	var problems []error
	left := MaxExpandedBytes // The size that the remaining documents may have: MaxExpandedBytes bounds all documents of the file together.
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for number := 1; ; number++ {
		origin := Origin{File: path, Document: number}
		raw, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, problems
		}
		if number > MaxDocuments {
			return nil, []error{newTooManyError(path)}
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
		isEmpty := bytes.Equal(converted, []byte("null"))
		if !isEmpty {
			documents = append(documents, document{origin: origin, data: converted})
		}
	}
}

// toJSON converts a YAML document to JSON. size is its approximate size in bytes with its aliases expanded; more than limit is an error.
func toJSON(raw []byte, limit int) (converted []byte, size int, err error) {
	if size, err = measureExpanded(raw, limit); err != nil {
		return nil, 0, err
	}
	converted, err = yaml.YAMLToJSONStrict(raw)
	return converted, size, err
}

// splitJSON returns the JSON values of a file, or false if the file does not begin with an object or has anything but JSON. It stops after
// MaxDocuments+1 values, so that the caller sees that there are too many.
func splitJSON(path string, data []byte) ([]document, bool) {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
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

// findJSONComment returns the number of the line with the first comment (// or /*), if all data before the comment is JSON. The search is
// needed because a YAML reader does not refuse every such file: it may read the comment and the key after it as one key.
func findJSONComment(data []byte) (line int, found bool) {
	// The data may begin with complete JSON values. The loop below moves rest past each of them.
	rest := data
	decoder := json.NewDecoder(bytes.NewReader(data))
	var value json.RawMessage
	for decoder.Decode(&value) == nil {
		rest = data[decoder.InputOffset():]
	}
	// Offset is the position in rest, counted from 1, of the first byte that is not JSON; 0 if rest is empty.
	var syntax *json.SyntaxError
	if !errors.As(json.Unmarshal(rest, &value), &syntax) || syntax.Offset == 0 {
		return 0, false
	}
	fromError := rest[syntax.Offset-1:]
	if !bytes.HasPrefix(fromError, []byte("//")) && !bytes.HasPrefix(fromError, []byte("/*")) {
		return 0, false
	}
	beforeError := data[:len(data)-len(fromError)]
	return 1 + bytes.Count(beforeError, []byte("\n")), true
}

func newTooManyError(path string) error {
	return newFileProblem(path, "has more than %d documents: split it", MaxDocuments)
}
