"""What scikit-learn asks of an estimator, by its own checks."""

import re

from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from konv.sklearn import ConvClassifier


@parametrize_with_checks([ConvClassifier()])
def test_the_defaults_pass_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_no_check_is_left_out_but_for_want_of_other_software():
    # What the defaults learn in a thousand updates, a higher rate learns in a hundred.
    quick = ConvClassifier(epochs=100, learning_rate=0.01)
    results = check_estimator(quick, on_skip=None, on_fail=None)
    left_out = [str(found["exception"]) for found in results if found["status"] != "passed"]
    wanting = re.compile(r"SCIPY_ARRAY_API is not set|pandas is not installed")
    assert [reason for reason in left_out if not wanting.match(reason)] == []
    assert len(results) > 50
