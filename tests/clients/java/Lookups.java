import consentry.ApiClient;
import consentry.ApiException;
import consentry.api.CollectorApi;
import consentry.api.EventsApi;
import consentry.model.Event;
import consentry.model.Lookup;
import consentry.model.Missing;
import consentry.model.Problem;
import consentry.model.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Looks contacts up with the generated client, and prints what it was told as one JSON object. */
public final class Lookups {
  private static ApiClient client(String url, String token) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    return client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
  }

  private static Lookup asked(String account) {
    return new Lookup().account(account).about(Lookup.AboutEnum.CONTACT).purpose(Lookup.PurposeEnum.RESTORE_CONTACT)
        .mode(Lookup.ModeEnum.NUMBER).agent("agent-17");
  }

  /** URL TOKEN ACCOUNT-TO-PERMIT ACCOUNT-TO-DENY KEY. */
  public static void main(String[] given) throws Exception {
    ApiClient client = client(given[0], given[1]);
    CollectorApi collector = new CollectorApi(client);
    Verdict permit = collector.lookUp(given[4], asked(given[2]));
    Verdict deny = collector.lookUp("java", asked(given[3]));
    Verdict again = collector.getLookup(deny.getLookup());
    List<String> kinds = new ArrayList<>();
    for (Event event : new EventsApi(client).listEvents(deny.getLogIndex() - 1, null, null).getItems()) {
      if (event.getId().equals(deny.getLookup())) {
        kinds.add(event.getKind());
      }
    }
    String problem = "";
    try {
      new CollectorApi(client(given[0], "nonsense")).getLookup(deny.getLookup());
    } catch (ApiException error) {
      problem = client.getObjectMapper().readValue(error.getResponseBody(), Problem.class).getCode();
    }
    List<String> missing = new ArrayList<>();
    for (Missing one : deny.getMissing()) {
      missing.add(one.getCode());
    }
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("permit", permit.getVerdict().getValue());
    said.put("jwe", permit.getRelease().getJwe());
    said.put("script", permit.getObligations().getScript());
    said.put("deny", deny.getVerdict().getValue());
    said.put("state", deny.getState());
    said.put("action", deny.getNext().getAction().getValue());
    said.put("missing", missing);
    said.put("again", again.getLookup().equals(deny.getLookup()));
    said.put("problem", problem);
    said.put("lookup", deny.getLookup());
    said.put("kinds", kinds);
    System.out.println(client.getObjectMapper().writeValueAsString(said));
  }
}
