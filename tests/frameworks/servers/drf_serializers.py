"""Django REST framework: nested serializers, and partial updates with partial=True as in "Partial updates"."""

import sys

import django
from assistants import Memory, envelope, loads, serve_gunicorn
from django.conf import settings

FIXED = "fixed" in sys.argv[1:]
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="tried on loopback only",
    INSTALLED_APPS=["rest_framework"],
    MIDDLEWARE=[  # those of startproject that need no database
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        **({"EXCEPTION_HANDLER": f"{__name__}.enveloped"} if FIXED else {}),
    },
)
django.setup()

from django.core.exceptions import RequestDataTooBig  # noqa: E402
from django.core.validators import ProhibitNullCharactersValidator  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.exceptions import NotFound, ParseError  # noqa: E402
from rest_framework.parsers import JSONParser  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView, exception_handler  # noqa: E402


class Text(serializers.CharField):
    """A CharField; the fixed one takes strings alone, as they are."""

    def __init__(self, **options):
        kept = {"trim_whitespace": False, "allow_blank": True} if FIXED else {}
        super().__init__(**{**kept, **options})
        if FIXED:
            self.validators = [one for one in self.validators if not isinstance(one, ProhibitNullCharactersValidator)]

    def to_internal_value(self, data):
        if FIXED and not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    def to_internal_value(self, data):
        if FIXED and (isinstance(data, bool) or not isinstance(data, (int, float))):
            self.fail("invalid")
        return super().to_internal_value(data)


class Integer(serializers.IntegerField):
    def to_internal_value(self, data):
        if FIXED and (isinstance(data, bool) or not isinstance(data, int)):
            self.fail("invalid")
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    def to_internal_value(self, data):
        if FIXED and data is not None and not isinstance(data, bool):
            self.fail("invalid", input=data)
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data):
        if FIXED and not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class Listed(serializers.ListField):
    def to_internal_value(self, data):
        if FIXED and not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)


class Strict(serializers.Serializer):
    """A Serializer; the fixed one refuses keys that it does not know, and is partial at the top alone."""

    def to_internal_value(self, data):
        if FIXED and isinstance(data, dict) and (unknown := data.keys() - self.fields.keys()):
            raise serializers.ValidationError({one: ["Unknown field."] for one in sorted(unknown)})
        return super().to_internal_value(data)


class FreeJSON(serializers.DictField):
    def to_internal_value(self, data):
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        return data if FIXED else super().to_internal_value(data)


class RankingOptions(Strict):
    ranker = Choice(["auto", "default_2024_08_21"], required=False)
    score_threshold = Number(min_value=0, max_value=1)


class FileSearchOptions(Strict):
    max_num_results = Integer(min_value=1, max_value=50, required=False)
    ranking_options = RankingOptions(required=False)


class Definition(Strict):
    pattern = r"^[a-zA-Z0-9_-]+\Z" if FIXED else r"^[a-zA-Z0-9_-]+$"
    name = serializers.RegexField(pattern, max_length=64, trim_whitespace=not FIXED)
    description = Text(required=False)
    strict = Truth(required=False, allow_null=True)

    def to_internal_value(self, data):
        if FIXED and isinstance(data, dict) and not isinstance(data.get("name", ""), str):
            raise serializers.ValidationError({"name": ["Not a valid string."]})
        return super().to_internal_value(data)


class FunctionDefinition(Definition):
    parameters = FreeJSON(required=False)


class SchemaDefinition(Definition):
    schema = FreeJSON(required=False)


class Union(serializers.Field):
    """An object whose type says which serializer is for the rest; the way is that of "Custom fields"."""

    def __init__(self, words=(), **branches):
        options = {name: branches.pop(name) for name in ("required", "allow_null") if name in branches}
        super().__init__(**options)
        self.words, self.branches = words, branches

    def to_internal_value(self, data):
        if isinstance(data, str) and data in self.words:
            return data
        if not isinstance(data, dict) or not isinstance(data.get("type"), str) or data["type"] not in self.branches:
            raise serializers.ValidationError("Not a known type.")
        serializer = self.branches[data["type"]](data=data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def to_representation(self, value):
        return value


class OfType(Strict):
    type = serializers.CharField()


class FileSearch(OfType):
    file_search = FileSearchOptions(required=False)


class Function(OfType):
    function = FunctionDefinition()


class JSONSchema(OfType):
    json_schema = SchemaDefinition()


class CodeInterpreterResources(Strict):
    file_ids = Listed(child=Text(), max_length=20, required=False)


class FileSearchResources(Strict):
    vector_store_ids = Listed(child=Text(), max_length=1, required=False)


class ToolResources(Strict):
    code_interpreter = CodeInterpreterResources(required=False)
    file_search = FileSearchResources(required=False)


class Metadata(serializers.DictField):
    child = Text(max_length=512)

    def to_internal_value(self, data):
        pairs = super().to_internal_value(data)
        if len(pairs) > 16 or any(len(key) > 64 for key in pairs):
            raise serializers.ValidationError("At most 16 pairs, with keys of at most 64 characters.")
        return pairs


class AssistantSerializer(Strict):
    model = Text()
    reasoning_effort = Choice(["low", "medium", "high"], required=False, allow_null=True)
    name = Text(max_length=256, required=False, allow_null=True)
    description = Text(max_length=512, required=False, allow_null=True)
    instructions = Text(max_length=256000, required=False, allow_null=True)
    tools = Listed(
        child=Union(code_interpreter=OfType, file_search=FileSearch, function=Function), max_length=128, required=False
    )
    tool_resources = ToolResources(required=False, allow_null=True)
    metadata = Metadata(required=False, allow_null=True)
    temperature = Number(min_value=0, max_value=2, required=False, allow_null=True)
    top_p = Number(min_value=0, max_value=1, required=False, allow_null=True)
    response_format = Union(
        ("auto",), text=OfType, json_object=OfType, json_schema=JSONSchema, required=False, allow_null=True
    )


assistants = Memory()


class StrictParser(JSONParser):
    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return loads(stream.read())
        except (ValueError, RecursionError) as error:
            raise ParseError(str(error)) from error
        except RequestDataTooBig as error:
            raise ParseError("The body is too large.") from error


class View(APIView):
    if FIXED:
        parser_classes = (StrictParser,)

        def initial(self, request, *words, **names):
            if request.method == "POST" and not request.META.get("CONTENT_LENGTH", "").strip("0"):
                raise ParseError("A body is needed, and its length.")
            super().initial(request, *words, **names)

    def checked(self, **options):
        serializer = AssistantSerializer(data=self.request.data, **options)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class Assistants(View):
    def post(self, request):
        return Response(assistants.create(self.checked()))


class Assistant(View):
    def get(self, request, assistant_id):
        return Response(found(assistants.get(assistant_id)))

    def post(self, request, assistant_id):
        return Response(found(assistants.update(assistant_id, self.checked(partial=True))))

    def delete(self, request, assistant_id):
        found(assistants.delete(assistant_id))
        return Response({"id": assistant_id, "object": "assistant.deleted", "deleted": True})


def found(one):
    if not one:
        raise NotFound
    return one


def enveloped(error, context):
    response = exception_handler(error, context)
    if response is not None:
        named = [one for one in response.data if one != "detail"] if isinstance(response.data, dict) else []
        response.data = envelope(str(response.data), named[0] if named else None)
    return response


urlpatterns = [
    path("v1/assistants", Assistants.as_view()),
    path("v1/assistants/<str:assistant_id>", Assistant.as_view()),
]

if __name__ == "__main__":
    serve_gunicorn(get_wsgi_application())
