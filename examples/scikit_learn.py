"""A network in scikit-learn's company: a pipeline, and a search for the best settings.

The pictures are the 1,797 handwritten digits that come with scikit-learn, as rows of 64 numbers.
"""

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import konv

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

pipeline = make_pipeline(MinMaxScaler(), konv.sklearn.ConvClassifier(random_state=0))
grid = {
    "convclassifier__network": [
        "digits-mini",
        [
            konv.Conv2D(16, 3, padding="same", activation="relu"),
            konv.MaxPooling2D(2),
            konv.Flatten(),
            konv.Dense(10, activation="softmax"),
        ],
    ],
    "convclassifier__epochs": [2, 10],
}
search = GridSearchCV(pipeline, grid, cv=3, n_jobs=2).fit(X_train, y_train)
results = search.cv_results_
for settings, accuracy in zip(results["params"], results["mean_test_score"], strict=True):
    network, epochs = settings["convclassifier__network"], settings["convclassifier__epochs"]
    name = network if isinstance(network, str) else f"{len(network)} layers"
    print(f"{name:<12} {epochs:>2} epochs: accuracy {accuracy:.3f} in cross-validation")

best = search.best_estimator_
print(f"\nthe best of them, on held-out digits: accuracy {best.score(X_test, y_test):.3f}")
print(best[-1].model_)
