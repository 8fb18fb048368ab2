package cluster

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/node"
)

// Load imports image archives into the node whose data folder is given, under the names that their index has: pods that ask for
// one of these, by tag or by digest, cause no look into a registry.
func Load(ctx context.Context, set *assets.Set, data string, archives []string) error {
	for _, archive := range archives {
		path, err := filepath.Abs(archive)
		if err != nil {
			return err
		}
		cmd, err := node.Enter(ctx, data, set.SearchPath(), "ctr", "images", "import", path)
		if err != nil {
			return err
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("import %s: %w: %s", archive, err, strings.TrimSpace(string(out)))
		}
	}
	return nil
}
