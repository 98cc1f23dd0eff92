package mutation

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
)

// resultsFile is where results are kept, from the module's root.
const resultsFile = "conformance/mutation/results.json"

// ReadResults returns the results of results.json by name.
func ReadResults(root string) (map[string]Result, error) {
	text, err := os.ReadFile(filepath.Join(root, resultsFile))
	if err != nil {
		return nil, err
	}
	var list []Result
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	byName := make(map[string]Result, len(list))
	for _, r := range list {
		byName[r.Name] = r
	}
	return byName, nil
}

// WriteResults writes results.json: the results, in order of name.
func WriteResults(root string, byName map[string]Result) error {
	list := make([]Result, 0, len(byName))
	for _, r := range byName {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Result) int { return cmp.Compare(a.Name, b.Name) })
	text, err := json.MarshalIndent(list, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, resultsFile), append(text, '\n'), 0o666)
}
